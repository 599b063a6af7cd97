import { transferFiles } from "@polyflow/provider-files";
import { bash, chain, dag } from "@polyflow/sdk";

const docMd = `
Нужно соединение \`example_folder\` типа «папка» (так же работают SFTP, FTP и S3: меняется только соединение). Файлы забираются по маске,
копия сверяется по SHA-256 и появляется под своим именем, когда она полная; исходный файл после этого удаляется.

Needs a connection \`example_folder\` of type folder (SFTP, FTP and S3 work the same: only the connection differs). Files are taken by a mask;
a copy is compared by its SHA-256 and appears under its name when it is whole; then the file is deleted where it came from.
`;

const folder = "example_folder";

export const exampleTransfer = dag(
  {
    id: "example_transfer",
    description: "Files from one place to another / Файлы из одного места в другое",
    docMd,
    owner: "examples",
    tags: ["example", "connections"],
  },
  () => {
    const copied = transferFiles({ id: "copy", from: "source/statistics_of.py", to: { connection: folder, path: "inbox/{{ run_id }}/" } });
    const moved = transferFiles({
      id: "move",
      from: { connection: folder, path: "inbox/{{ run_id }}/*.py" },
      to: { connection: folder, path: "done/{{ run_id }}/" },
      move: true,
      verify: true,
      retries: 2,
    });
    const none = transferFiles({
      id: "nothing_new",
      from: { connection: folder, path: "inbox/{{ run_id }}/*.py" },
      to: "source/",
      ifNone: "skip",
    });
    chain(copied, moved, none, bash({ id: "done", command: "echo all files are where they belong", triggerRule: "none_failed" }));
  },
);
