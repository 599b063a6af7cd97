import { type ConnectionField, type ConnectionTypeDescription, extra, field, type ProviderDescription } from "@polyflow/sdk/runtime";

const HOST = field("host", { en: "Host", ru: "Сервер" }, { required: true });
const LOGIN = field("login", { en: "User", ru: "Пользователь" });
const PASSWORD = field("password", { en: "Password", ru: "Пароль" });
const ROOT = extra(
  "path",
  { en: "Root folder", ru: "Корневая папка" },
  { help: { en: "Paths are below it and never lead out of it.", ru: "Пути отсчитываются от неё и не выходят за её пределы." } },
);
const CA = extra("ca", { en: "Root certificates (PEM or file)", ru: "Корневые сертификаты (PEM или файл)" }, { kind: "multiline" });
const INSECURE = extra(
  "insecure",
  { en: "Do not verify the certificate", ru: "Не проверять сертификат" },
  { kind: "boolean", default: "false" },
);

const FTP_FIELDS: readonly ConnectionField[] = [
  HOST,
  field("port", { en: "Port", ru: "Порт" }, { default: "21" }),
  LOGIN,
  PASSWORD,
  ROOT,
  extra("timeout", { en: "Time without an answer, s", ru: "Ожидание ответа, с" }, { kind: "number", default: "30" }),
];

export const FOLDER_TYPE: ConnectionTypeDescription = {
  type: "fs",
  aliases: ["file"],
  title: { en: "Folder of the worker's machine", ru: "Папка на машине исполнителя" },
  uses: ["files"],
  fields: [{ ...ROOT, required: true }],
  example: "fs:///?path=%2Fsrv%2Fexchange",
};

export const SFTP_TYPE: ConnectionTypeDescription = {
  type: "sftp",
  aliases: ["ssh"],
  title: { en: "SFTP", ru: "SFTP" },
  uses: ["files"],
  defaultPort: 22,
  fields: [
    HOST,
    field("port", { en: "Port", ru: "Порт" }, { default: "22" }),
    { ...LOGIN, required: true },
    PASSWORD,
    extra("private_key", { en: "Private key (text or file)", ru: "Закрытый ключ (текст или файл)" }, { kind: "multiline", secret: true }),
    extra("private_key_passphrase", { en: "Passphrase of the key", ru: "Пароль ключа" }, { secret: true }),
    extra(
      "host_key",
      { en: "Key of the server", ru: "Ключ сервера" },
      {
        kind: "multiline",
        help: {
          en: "`SHA256:…` or `ssh-ed25519 AAAA…`; without it known_hosts has to have the server.",
          ru: "`SHA256:…` или `ssh-ed25519 AAAA…`; без него сервер должен быть в known_hosts.",
        },
      },
    ),
    extra(
      "known_hosts",
      { en: "File known_hosts", ru: "Файл known_hosts" },
      { help: { en: "Default: ~/.ssh/known_hosts", ru: "По умолчанию ~/.ssh/known_hosts" } },
    ),
    extra("no_host_key_check", { en: "Do not verify the server", ru: "Не проверять сервер" }, { kind: "boolean", default: "false" }),
    ROOT,
    extra("connect_timeout", { en: "Time to connect, s", ru: "Время на соединение, с" }, { kind: "number", default: "10" }),
  ],
  example: "sftp://user@files.example:22/?path=%2Fexport&host_key=SHA256%3A…",
};

export const FTP_TYPE: ConnectionTypeDescription = {
  type: "ftp",
  title: { en: "FTP (unencrypted)", ru: "FTP (без шифрования)" },
  uses: ["files"],
  defaultPort: 21,
  fields: FTP_FIELDS,
  example: "ftp://user@ftp.example:21/?path=%2Fexchange",
};

export const FTPS_TYPE: ConnectionTypeDescription = {
  type: "ftps",
  title: { en: "FTP over TLS", ru: "FTP через TLS" },
  uses: ["files"],
  defaultPort: 21,
  fields: [
    ...FTP_FIELDS,
    extra(
      "implicit",
      { en: "TLS from the first byte (port 990)", ru: "TLS с первого байта (порт 990)" },
      { kind: "boolean", default: "false" },
    ),
    CA,
    INSECURE,
  ],
  example: "ftps://user@ftp.example:21/?path=%2Fexchange",
};

export const S3_TYPE: ConnectionTypeDescription = {
  type: "s3",
  aliases: ["aws"],
  title: { en: "S3 and services like it", ru: "S3 и совместимые хранилища" },
  uses: ["files"],
  fields: [
    field("schema", { en: "Bucket", ru: "Бакет" }, { required: true }),
    field("login", { en: "Access key", ru: "Ключ доступа" }),
    field("password", { en: "Secret key", ru: "Секретный ключ" }),
    extra(
      "endpoint_url",
      { en: "Address of the service", ru: "Адрес сервиса" },
      { help: { en: "Empty for Amazon.", ru: "Пусто для Amazon." } },
    ),
    extra("region_name", { en: "Region", ru: "Регион" }, { default: "us-east-1" }),
    extra(
      "path_style",
      { en: "Bucket in the path", ru: "Бакет в пути" },
      { kind: "boolean", help: { en: "Default: yes where an address is given.", ru: "По умолчанию да, если указан адрес." } },
    ),
    extra("session_token", { en: "Session token", ru: "Токен сессии" }, { secret: true }),
    { ...ROOT, label: { en: "Prefix of the keys", ru: "Префикс ключей" } },
    CA,
    INSECURE,
  ],
  example: "s3://ACCESS_KEY@/bucket?endpoint_url=https%3A%2F%2Fstorage.yandexcloud.net&region_name=ru-central1",
};

/** What the file provider brings. */
export const description: ProviderDescription = {
  name: "files",
  title: { en: "Files: folders, SFTP, FTP, S3", ru: "Файлы: папки, SFTP, FTP, S3" },
  connectionTypes: [FOLDER_TYPE, SFTP_TYPE, FTP_TYPE, FTPS_TYPE, S3_TYPE],
  operators: [
    {
      name: "transferFiles",
      title: { en: "Copy or move files between any two places", ru: "Копировать или перемещать файлы между любыми двумя местами" },
    },
  ],
  sensors: [{ name: "fileSensor", title: { en: "Wait for files", ru: "Ждать файлов" } }],
};
