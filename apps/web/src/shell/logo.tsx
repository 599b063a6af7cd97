/** The mark of Polyflow: streams that meet. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--mantine-primary-color-filled)" />
      <path d="M9 9.5h6.5a5 5 0 0 1 0 10H9" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="9" cy="9.5" r="2.9" fill="#fff" />
      <circle cx="9" cy="19.5" r="2.9" fill="#fff" />
      <circle cx="22.5" cy="23" r="2.6" fill="#b9c2f8" />
    </svg>
  );
}
