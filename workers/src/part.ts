/** One job of the program: it runs from `start` to `stop`, and the program is ready once all of its parts are. */
export interface Part {
  readonly name: string;
  /** Resolves once it works. Waits for what is away, and throws only what is a mistake of the configuration. */
  start(): Promise<void>;
  /** What was begun is ended or handed back. Resolves within a few seconds. */
  stop(): Promise<void>;
}
