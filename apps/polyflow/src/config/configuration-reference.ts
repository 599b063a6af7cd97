import type { RegisteredOption } from "./options.ts";
import { OPTIONS } from "./options.ts";

const HEAD = `# Configuration

<!-- Made from apps/polyflow/src/config/options.ts by \`node tools/bootstrap/run.mjs tools/write-configuration-reference.ts\`. -->

Nothing has to be set. What you set is read, the first of these winning, from

1. flags of the command (\`--port\`, \`--host\`, …),
2. environment variables \`POLYFLOW__SECTION__KEY\`, for example \`POLYFLOW__CORE__PARALLELISM=64\`,
3. environment variables \`AIRFLOW__SECTION__KEY\`,
4. \`polyflow.cfg\` in the home folder,
5. \`airflow.cfg\` in the home folder (options that Polyflow does not have are passed over).

The files are INI files as Airflow reads them: \`#\` and \`;\` begin a comment at the beginning of a line only, so that passwords may hold
them; \`%%\` is a per cent sign. A secret may also come from a command: \`fernet_key_cmd = pass show polyflow\`,
\`POLYFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD\`. \`polyflow config list\` shows what is in force and where it was set.
`;

/** The text of docs/configuration.md. */
export function configurationReference(): string {
  const sections = Object.entries(OPTIONS).map(([section, options]) => {
    const rows = Object.entries(options).map(([key, option]) => row({ section, key, option }));
    return `\n## [${section}]\n\n| key | value | default | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return HEAD + sections.join("");
}

function row({ key, option }: RegisteredOption): string {
  const aliases = option.aliases.map((alias) => `\`[${alias.replace(".", "] ")}\``).join(", ");
  const also = aliases === "" ? "" : ` Also: ${aliases}.`;
  return `| \`${key}\` | ${option.expected}${option.secret ? ", secret" : ""} | ${option.defaultText ?? shown(option.default)} | ${option.description}${also} |`;
}

function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "`True`" : "`False`";
  const written = Array.isArray(value) ? value.join(", ") : String(value);
  return written === "" ? "none" : `\`${written}\``;
}
