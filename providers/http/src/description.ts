import { type ConnectionTypeDescription, extra, field, type ProviderDescription } from "@polyflow/sdk/runtime";

export const AUTH_KINDS = ["none", "basic", "bearer", "api_key_header", "api_key_query", "oauth2"] as const;

export const HTTP_TYPE: ConnectionTypeDescription = {
  type: "http",
  aliases: ["https", "rest", "soap"],
  title: { en: "HTTP, REST, SOAP", ru: "HTTP, REST, SOAP" },
  uses: ["http", "extract", "files"],
  fields: [
    field(
      "host",
      { en: "Host or address", ru: "Сервер или адрес" },
      {
        required: true,
        help: {
          en: "`api.example`, or with a path: `https://api.example/v2`.",
          ru: "`api.example` или с путём: `https://api.example/v2`.",
        },
      },
    ),
    field("port", { en: "Port", ru: "Порт" }),
    field("schema", { en: "Protocol", ru: "Протокол" }, { kind: "choice", choices: ["https", "http"], default: "https" }),
    field("login", { en: "User or client id", ru: "Пользователь или client id" }),
    field("password", { en: "Password, token, key or client secret", ru: "Пароль, токен, ключ или client secret" }),
    extra(
      "auth",
      { en: "Sign-in", ru: "Вход" },
      {
        kind: "choice",
        choices: AUTH_KINDS,
        help: { en: "Default: basic where there is a user.", ru: "По умолчанию basic, если указан пользователь." },
      },
    ),
    extra(
      "api_key_name",
      { en: "Name of the header or parameter of the key", ru: "Имя заголовка или параметра ключа" },
      { default: "X-API-Key" },
    ),
    extra("token_url", { en: "OAuth 2: address of the tokens", ru: "OAuth 2: адрес токенов" }),
    extra("scope", { en: "OAuth 2: scope", ru: "OAuth 2: scope" }),
    extra("audience", { en: "OAuth 2: audience", ru: "OAuth 2: audience" }),
    extra("headers", { en: "Further headers (JSON)", ru: "Другие заголовки (JSON)" }, { kind: "multiline", secret: true }),
    extra(
      "allowed_hosts",
      { en: "Other hosts that answers may lead to", ru: "Другие серверы, на которые могут вести ответы" },
      { help: { en: "Separated by commas; none by default.", ru: "Через запятую; по умолчанию никаких." } },
    ),
    extra("timeout", { en: "Time without an answer, s", ru: "Ожидание ответа, с" }, { kind: "number", default: "60" }),
    extra("ca", { en: "Root certificates (PEM or file)", ru: "Корневые сертификаты (PEM или файл)" }, { kind: "multiline" }),
    extra("cert", { en: "Client certificate (PEM or file)", ru: "Сертификат клиента (PEM или файл)" }, { kind: "multiline" }),
    extra("key", { en: "Client key (PEM or file)", ru: "Ключ клиента (PEM или файл)" }, { kind: "multiline", secret: true }),
    extra("insecure", { en: "Do not verify the certificate", ru: "Не проверять сертификат" }, { kind: "boolean", default: "false" }),
  ],
  example: "http://user@https%3A%2F%2Fapi.example%2Fv2/?auth=basic",
};

/** What the HTTP provider brings. */
export const description: ProviderDescription = {
  name: "http",
  title: { en: "HTTP, REST, SOAP", ru: "HTTP, REST, SOAP" },
  connectionTypes: [HTTP_TYPE],
  operators: [{ name: "http", title: { en: "HTTP request", ru: "Запрос HTTP" } }],
  sensors: [{ name: "httpSensor", title: { en: "Wait for an answer of a web service", ru: "Ждать ответа веб-сервиса" } }],
};
