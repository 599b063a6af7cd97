import { type ConnectionTypeDescription, extra, field, type ProviderDescription } from "@polyflow/sdk/runtime";

export const SECURITY_KINDS = ["starttls", "tls", "off"] as const;

export const SMTP_TYPE: ConnectionTypeDescription = {
  type: "smtp",
  aliases: ["email"],
  title: { en: "E-mail (SMTP)", ru: "Почта (SMTP)" },
  uses: ["email"],
  defaultPort: 587,
  fields: [
    field("host", { en: "Server", ru: "Сервер" }, { required: true }),
    field(
      "port",
      { en: "Port", ru: "Порт" },
      {
        help: {
          en: "Default: 587 with STARTTLS, 465 with TLS, 25 without encryption.",
          ru: "По умолчанию 587 со STARTTLS, 465 с TLS, 25 без шифрования.",
        },
      },
    ),
    extra(
      "security",
      { en: "Encryption", ru: "Шифрование" },
      {
        kind: "choice",
        choices: SECURITY_KINDS,
        default: "starttls",
        help: {
          en: "starttls: nothing is sent before the line is encrypted. off: everything is readable on its way, the password too.",
          ru: "starttls: до включения шифрования ничего не отправляется. off: всё видно по пути, и пароль тоже.",
        },
      },
    ),
    field("login", { en: "User", ru: "Пользователь" }),
    field("password", { en: "Password", ru: "Пароль" }),
    extra(
      "from",
      { en: "Sender", ru: "Отправитель" },
      {
        help: {
          en: "For messages that name none: `Polyflow <etl@firm.example>`.",
          ru: "Если письмо не называет своего: `Polyflow <etl@firm.example>`.",
        },
      },
    ),
    extra("timeout", { en: "Time without an answer, s", ru: "Ожидание ответа, с" }, { kind: "number", default: "60" }),
    extra("ca", { en: "Root certificates (PEM or file)", ru: "Корневые сертификаты (PEM или файл)" }, { kind: "multiline" }),
    extra("insecure", { en: "Do not verify the certificate", ru: "Не проверять сертификат" }, { kind: "boolean", default: "false" }),
  ],
  example: "smtp://user@mail.firm.example:587/?security=starttls&from=etl%40firm.example",
};

/** What the e-mail provider brings. */
export const description: ProviderDescription = {
  name: "email",
  title: { en: "E-mail", ru: "Почта" },
  connectionTypes: [SMTP_TYPE],
  operators: [
    { name: "email", title: { en: "Send an e-mail", ru: "Отправить письмо" } },
    { name: "emailNotifier", title: { en: "Tell by e-mail", ru: "Сообщить письмом" } },
  ],
  sensors: [],
};
