// Runs before the first paint, so that a dark page does not flash white. A file of its own: the content security policy forbids inline scripts.
(() => {
  let chosen = null;
  try {
    chosen = window.localStorage.getItem("polyflow.color-scheme");
  } catch {
    // A browser that forbids storage follows the system's scheme.
  }
  const dark = chosen === "dark" || (chosen !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
