export { provider } from "./provider.ts";
export { queueSensor, type QueueSensorOptions } from "./queue-sensor.ts";
