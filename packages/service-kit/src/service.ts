/** Something that runs until it is stopped. `start` resolves when it is ready, `stop` when nothing of it runs any more. */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}
