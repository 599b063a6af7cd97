export { branch, type Followed, latestOnly, shortCircuit, type ShortCircuitOptions } from "./branch.ts";
export { type Callback, callback, type CallbackFunction, type CallbackOptions, type Callbacks } from "./callback.ts";
export type { CallbackContext } from "./callback-context.ts";
export { checkOptions, type OptionRule, type OwnOptions } from "./check-options.ts";
export { chain, type ChainStep, type EdgeLabel, label } from "./chain.ts";
export type {
  AssetCondition,
  AssetEvent,
  AssetEventsByName,
  Isolation,
  JsonObject,
  JsonValue,
  TriggerRule,
  WeightRule,
} from "@polyflow/contracts";
export { allOf, anyOf, type Asset, asset, type AssetAlias, assetAlias, type AssetOptions } from "./asset.ts";
export { dag } from "./dag.ts";
export type { DagOptions } from "./dag-options.ts";
export type { Deadline } from "./deadlines.ts";
export { defer, type DeferOptions, type PokeResult } from "./defer.ts";
export type { Duration } from "./duration.ts";
export type { Extract, ExtractRequest } from "./extract.ts";
export type { FileEntry, FileStore } from "./file-store.ts";
export { type Gathered, group, type GroupHandle, type GroupOptions, mappedGroup, type MappedGroupOptions } from "./group.ts";
export type { Jsonified } from "./json-conversion.ts";
export { concat, each, type MapOver, zip, zipLongest } from "./map-source.ts";
export type { ElementOf, Mappable, OutputHandle, PropertyOf } from "./output-handle.ts";
export type { XComAccess, XComPullOptions } from "./xcom-access.ts";
export { operator, type OperatorCall } from "./operator.ts";
export { bash, type BashOptions } from "./operators/bash.ts";
export { python, type PythonArguments, type PythonOptions } from "./operators/python.ts";
export { sql, type SqlOptions } from "./operators/sql.ts";
export type { Orderable } from "./order.ts";
export type { JsonSchemaType, ParamSchema, ParamSchemas } from "./params.ts";
export type { DagDefinition, TaskDefinition } from "./runtime/definition.ts";
export { type Timetable, timetable, type TimetableOptions, type TimetableRun } from "./timetable.ts";
export type { Schedule, SchedulePreset, TimeSchedule } from "./schedule.ts";
export { type TriggerDagOptions, type TriggeredDag, triggerDag } from "./operators/trigger-dag.ts";
export type { OtherDags, RunRequest, RunSearch, RunSearchResult, StartedRun } from "./other-dags.ts";
export { assetSensor, type AssetSensorOptions } from "./sensors/asset-sensor.ts";
export { externalTaskSensor, type ExternalTaskSensorOptions } from "./sensors/external-task-sensor.ts";
export { fileSensor, type FileSensorOptions } from "./sensors/file-sensor.ts";
export {
  dateTimeSensor,
  type DateTimeSensorOptions,
  timeDeltaSensor,
  type TimeDeltaSensorOptions,
  timeSensor,
  type TimeSensorOptions,
  waitSensor,
  type WaitSensorOptions,
} from "./sensors/time-sensors.ts";
export { type Poke, sensor, type SensorOptions } from "./sensors/sensor.ts";
export { SENSOR_SETTINGS, type SensorSettings, type SensorTaskOptions } from "./sensors/sensor-settings.ts";
export { sqlSensor, type SqlSensorOptions } from "./sensors/sql-sensor.ts";
export { asSetup, asTeardown, type AsTeardownOptions, setup, teardown, type TeardownOptions } from "./setup-teardown.ts";
export { SkipDownstream } from "./skip-downstream.ts";
export { type JsonInput, type MappableTask, type MappedInput, type NoInput, task, type TaskFactory, type TaskFunction } from "./task.ts";
export * from "./task-context.ts";
export type { TaskLogger } from "./task-logger.ts";
export { FailTask, SkipTask } from "./task-errors.ts";
export type { TaskHandle, Wired } from "./task-handle.ts";
export { type RenderOptions, renderTemplate } from "./templates/render-template.ts";
export type { TaskOptions, TaskSettings } from "./task-options.ts";
