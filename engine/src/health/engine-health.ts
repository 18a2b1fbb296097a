import { Registry } from 'prom-client';
import { type EngineFigures, engineMetrics } from './engine-metrics.js';
import { HealthServer } from './health-server.js';
import { type Readiness, type ReadinessSigns, readinessOf } from './readiness.js';

type Connections = Pick<ReadinessSigns, 'databaseAnswers' | 'natsConnected' | 'redisConnected'>;

/** What an engine says of itself over HTTP, from before it is connected to anything until its last partition is handed over. */
export class EngineHealth {
  readonly #server = new HealthServer({ readiness: () => this.readiness(), metrics: () => this.#metrics() });
  #registry = new Registry();
  #connections: () => Connections = () => ({ databaseAnswers: false, natsConnected: false, redisConnected: false });
  #started = false;
  #stopping = false;

  /** Returns the port. */
  listen(host: string, port: number): Promise<number> {
    return this.#server.listen(host, port);
  }

  /** The engine runs: from now on it can be ready. */
  started(connections: () => Connections, figures: Omit<EngineFigures, 'connected'>): void {
    this.#connections = connections;
    this.#registry = engineMetrics({
      ...figures,
      connected: () => {
        const { databaseAnswers, natsConnected, redisConnected } = connections();
        return [
          ['postgres', databaseAnswers],
          ['nats', natsConnected],
          ['redis', redisConnected],
        ];
      },
    });
    this.#started = true;
  }

  stopping(): void {
    this.#stopping = true;
  }

  readiness(): Readiness {
    return readinessOf({ started: this.#started, stopping: this.#stopping, ...this.#connections() });
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #metrics(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
