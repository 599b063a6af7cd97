export { http, type HttpOptions, type HttpReply, type HttpRequestOptions } from "./http.ts";
export { httpSensor, type HttpSensorOptions } from "./http-sensor.ts";
export { webhookNotifier, type WebhookOptions } from "./webhook-notifier.ts";
export { provider } from "./provider.ts";
