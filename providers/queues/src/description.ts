import { type ConnectionField, type ConnectionTypeDescription, extra, field, type ProviderDescription } from "@polyflow/sdk/runtime";

const LOGIN = field("login", { en: "User", ru: "Пользователь" });
const PASSWORD = field("password", { en: "Password", ru: "Пароль" });
const TIMEOUT = extra("connect_timeout", { en: "Time to connect, s", ru: "Время на соединение, с" }, { kind: "number", default: "10" });
const TLS: readonly ConnectionField[] = [
  extra(
    "tls",
    { en: "TLS", ru: "TLS" },
    {
      kind: "choice",
      choices: ["on", "off", "insecure"],
      default: "off",
      help: { en: "`on` verifies the certificate.", ru: "`on` проверяет сертификат." },
    },
  ),
  extra("ca", { en: "Root certificates (PEM or file)", ru: "Корневые сертификаты (PEM или файл)" }, { kind: "multiline" }),
];

function place(port: number): readonly ConnectionField[] {
  return [
    field("host", { en: "Host", ru: "Сервер" }, { default: "localhost" }),
    field("port", { en: "Port", ru: "Порт" }, { default: String(port) }),
  ];
}

export const RABBITMQ_TYPE: ConnectionTypeDescription = {
  type: "rabbitmq",
  aliases: ["amqp"],
  title: { en: "RabbitMQ", ru: "RabbitMQ" },
  uses: ["extract"],
  defaultPort: 5672,
  fields: [
    ...place(5672),
    { ...LOGIN, default: "guest" },
    PASSWORD,
    field("schema", { en: "Virtual host", ru: "Виртуальный хост" }, { default: "/" }),
    TIMEOUT,
    ...TLS,
  ],
  example: "rabbitmq://user@mq.example:5672/orders",
};

export const REDIS_TYPE: ConnectionTypeDescription = {
  type: "redis",
  aliases: ["valkey"],
  title: { en: "Redis, Valkey", ru: "Redis, Valkey" },
  uses: ["extract"],
  defaultPort: 6379,
  fields: [
    ...place(6379),
    LOGIN,
    PASSWORD,
    field("schema", { en: "Number of the database", ru: "Номер базы" }, { default: "0" }),
    TIMEOUT,
    ...TLS,
  ],
  example: "redis://@cache.example:6379/0",
};

export const KAFKA_TYPE: ConnectionTypeDescription = {
  type: "kafka",
  title: { en: "Kafka", ru: "Kafka" },
  uses: ["extract"],
  defaultPort: 9092,
  fields: [
    field(
      "host",
      { en: "Brokers", ru: "Брокеры" },
      { required: true, help: { en: "One, or several with commas: a:9092,b:9092", ru: "Один или несколько через запятую: a:9092,b:9092" } },
    ),
    field("port", { en: "Port", ru: "Порт" }, { default: "9092" }),
    LOGIN,
    PASSWORD,
    extra(
      "mechanism",
      { en: "SASL", ru: "SASL" },
      { kind: "choice", choices: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], default: "PLAIN" },
    ),
    TIMEOUT,
    ...TLS,
  ],
  example: "kafka://user@a.example%3A9092%2Cb.example%3A9092/?mechanism=SCRAM-SHA-512",
};

/** What the provider of queues brings. */
export const description: ProviderDescription = {
  name: "queues",
  title: { en: "RabbitMQ, Redis, Kafka", ru: "RabbitMQ, Redis, Kafka" },
  connectionTypes: [RABBITMQ_TYPE, REDIS_TYPE, KAFKA_TYPE],
  operators: [],
  sensors: [{ name: "queueSensor", title: { en: "Wait for messages", ru: "Ждать сообщений" } }],
};
