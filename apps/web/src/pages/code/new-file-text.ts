const DAG_FILE = /^dags\/(?:.*\/)?([\w-]+)\.m?ts$/;

/** What a new file begins with: a DAG file with the smallest process that works, others empty. */
export function newFileText(path: string): string {
  const name = DAG_FILE.exec(path)?.[1];
  if (name === undefined) return "";
  const id = name.replaceAll("-", "_");
  const variable = /^\d/.test(id) ? `dag_${id}` : id;
  return `import { dag, task } from "@polyflow/sdk";

export const ${variable} = dag({ id: "${id}" }, () => {
  task("hello", ({ log }) => log.info("It works"))();
});
`;
}
