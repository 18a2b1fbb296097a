import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { type Stack, startStack } from '@smart-wallet/local-stack/stack.mjs';
import { connect } from 'amqplib';
import { v7 as uuidv7 } from 'uuid';
import { BrokerNames, type QueueName } from '../broker/topology.js';
import { EndpointServer } from './endpoint-server.js';
import { WrittenLedger } from './written-ledger.js';

const program = fileURLToPath(
  new URL('../main.js', import.meta.resolve('@smart-wallet/workers/testing/endpoint-server.js')),
);
const names = new BrokerNames('wallet');
const partitions = [0, 1, 2, 3, 9, 10, 11, 12];

export interface WebhookFaultsStory {
  readonly events: number;
  readonly missing: number;
  readonly strangers: number;
  readonly repetitions: number;
  readonly seconds: number;
  readonly statuses: Record<string, number>;
}

/** A ledger that is written to, workers that relay and send, and an endpoint that says what reached it; workers and RabbitMQ are killed. */
export class WebhookFaults {
  readonly endpoint = new EndpointServer();
  readonly ids: string[] = [];
  readonly #workers: ChildProcess[] = [];
  readonly #ledger: WrittenLedger;
  readonly #startedAt = performance.now();
  #engine: Awaited<ReturnType<WrittenLedger['engine']>> | undefined;
  webhookId = '';

  private constructor(
    readonly stack: Stack,
    readonly scratch: ScratchDatabase,
  ) {
    this.#ledger = new WrittenLedger(scratch.admin);
  }

  static async start(): Promise<WebhookFaults> {
    const env = envWithoutServers();
    const [stack, scratch] = await Promise.all([
      startStack({ env, services: ['rabbitmq'] }),
      createScratchDatabase('webhook_faults'),
    ]);
    const faults = new WebhookFaults(stack, scratch);
    await faults.endpoint.start();
    faults.webhookId = await faults.#hook();
    faults.#engine = await faults.#ledger.engine(...partitions);
    for (const i of [0, 1]) faults.startWorker(i);
    return faults;
  }

  /** Commits so many transactions, in batches. */
  async write(events: number, perBatch = 40): Promise<void> {
    for (let left = events; left > 0; left -= perBatch) {
      const size = Math.min(left, perBatch);
      const of = Array.from({ length: size }, (_, i) => partitions[i % partitions.length] as number);
      this.ids.push(...(await this.#ledger.commit(this.#engine as never, of)));
    }
  }

  startWorker(i: number): void {
    this.#workers[i] = spawn(process.execPath, [program], {
      stdio: process.env.TEST_LOG_LEVEL ? 'inherit' : 'ignore',
      env: {
        ...process.env,
        ...{
          DATABASE_URL: this.scratch.urlAs('wallet_workers'),
          AMQP_URL: this.stack.amqpUrl,
          SMTP_URL: 'smtp://127.0.0.1:1',
        },
        ...{ WORKER_PARTS: 'relay,webhooks', WORKER_NAME: `worker-${i}`, WORKER_HEALTH_PORT: '0' },
        ...{ WEBHOOK_ALLOW_PRIVATE: 'on', LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'warn' },
      },
    });
  }

  async killWorker(i: number): Promise<void> {
    const worker = this.#workers[i] as ChildProcess;
    worker.kill('SIGKILL');
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    this.startWorker(i);
  }

  /** Its queues may be seconds old. */
  async killBroker(awayMs: number): Promise<void> {
    await this.stack.rabbitmq.kill();
    await sleep(awayMs);
    await this.stack.rabbitmq.start();
  }

  /** As if the time of what was on its way when its worker died were over. */
  async endLeases(): Promise<void> {
    await this.scratch.admin.query(
      "UPDATE webhook_deliveries SET leased_until = now(), next_attempt_at = now() WHERE status = 'PENDING'",
    );
  }

  /** As somebody does by hand, who has had it for a while. */
  async deleteQueue(name: QueueName): Promise<void> {
    await this.scratch.admin.query("UPDATE broker_queues SET made_at = made_at - interval '1 hour'");
    const connection = await connect(this.stack.amqpUrl);
    const channel = await connection.createChannel();
    await channel.deleteQueue(names.queue(name));
    await connection.close();
  }

  async queuesLost(): Promise<string[]> {
    const { rows } = await this.scratch.admin.query<{ queue: string }>('SELECT queue FROM broker_incidents ORDER BY 1');
    return rows.map(({ queue }) => names.short(queue));
  }

  get missing(): string[] {
    const got = new Set(this.endpoint.received.map(({ eventId }) => eventId));
    return this.ids.filter((id) => !got.has(id));
  }

  async until(condition: () => boolean, withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (!condition() && performance.now() < until) await sleep(50);
  }

  async story(): Promise<WebhookFaultsStory> {
    const { received } = this.endpoint;
    const wanted = new Set(this.ids);
    const { rows } = await this.scratch.admin.query<{ status: string; count: number }>(
      'SELECT status, count(*)::int AS count FROM webhook_deliveries GROUP BY status',
    );
    return {
      events: this.ids.length,
      missing: this.missing.length,
      strangers: received.filter(({ eventId }) => !wanted.has(eventId)).length,
      repetitions: received.length - new Set(received.map(({ eventId }) => eventId)).size,
      seconds: Math.round((performance.now() - this.#startedAt) / 1_000),
      statuses: Object.fromEntries(rows.map(({ status, count }) => [status, count])),
    };
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) worker.kill('SIGKILL');
    await this.endpoint.stop();
    await this.scratch.drop();
    await this.stack.stop();
  }

  async #hook(): Promise<string> {
    const id = uuidv7();
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    await this.scratch.admin.query(
      "SELECT create_webhook($1, $2, ARRAY['transaction.succeeded'], NULL, NULL, $3, 100, 'user:ann', NULL)",
      [id, `${this.endpoint.url}/hook`, secret],
    );
    return id;
  }
}
