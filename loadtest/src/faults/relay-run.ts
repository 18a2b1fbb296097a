import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventSubscriber } from '@smart-wallet/workers/testing/event-subscriber.js';
import { pino } from 'pino';
import { FaultRun } from './fault-run.js';

const program = fileURLToPath(
  new URL('../main.js', import.meta.resolve('@smart-wallet/workers/testing/event-subscriber.js')),
);
/** Longer than the lease, so that another relay takes it over. */
const frozenMs = 4_500;

export interface RelayFaults {
  readonly brokerAwayMs: number;
  /** It answers nobody, and its connections stay. */
  readonly brokerFrozenMs?: number;
  /** Relays that are killed, and every third one frozen. */
  readonly relayFaults: number;
  readonly takeovers: number;
  readonly clients: number;
}

export interface RelayVerdict {
  readonly wrong: string[];
  readonly story: string;
}

/** A whole platform under traffic whose relays, engines and broker fail, and a subscriber who says what reached it. */
export class RelayRun {
  readonly #relays: ChildProcess[] = [];

  private constructor(
    readonly run: FaultRun,
    readonly subscriber: EventSubscriber,
  ) {}

  static async start(): Promise<RelayRun> {
    const run = await FaultRun.start({ engines: 3, wallets: 100, services: ['postgres', 'redis', 'nats', 'rabbitmq'] });
    const { amqpUrl } = run.platform.stack;
    const log = pino({ level: 'silent' });
    const subscriber = new EventSubscriber(amqpUrl, 'smart-wallet.events.v1', 'subscriber', log);
    await subscriber.open();
    while (!subscriber.isListening) await sleep(50);
    const relays = new RelayRun(run, subscriber);
    for (const i of [0, 1]) relays.#startRelay(i);
    return relays;
  }

  async go({ brokerAwayMs, brokerFrozenMs = 0, relayFaults, takeovers, clients }: RelayFaults): Promise<RelayVerdict> {
    const { platform, traffic } = this.run;
    traffic.start(clients);
    for (let i = 0; i < Math.max(relayFaults, takeovers); i++) {
      await sleep(700);
      if (i < relayFaults) await this.#breakRelay(i % 3 !== 1);
      const engine = platform.engines[i % platform.engines.length];
      if (i < takeovers && engine) {
        await engine.kill();
        await engine.start();
      }
    }
    const { rabbitmq } = platform.stack;
    if (brokerFrozenMs > 0) {
      process.kill(rabbitmq.pid() as number, 'SIGSTOP');
      await sleep(brokerFrozenMs);
      process.kill(rabbitmq.pid() as number, 'SIGCONT');
      await this.caughtUp();
    }
    await rabbitmq.stop();
    await sleep(brokerAwayMs);
    await rabbitmq.start();
    const backAtMs = performance.now();
    await this.caughtUp();
    const caughtUpMs = Math.round(performance.now() - backAtMs);
    await traffic.stop();
    await this.caughtUp();
    return this.#verdict(caughtUpMs);
  }

  async stop(): Promise<void> {
    for (const relay of this.#relays) relay.kill('SIGKILL');
    await this.subscriber.close();
    await this.run.stop();
  }

  /** The one that works now, whichever it is; it is started again, or goes on. */
  async #breakRelay(kills: boolean): Promise<void> {
    const [row] = await this.run.ask<{ holder: string }>('SELECT holder FROM relay_lease');
    const i = row?.holder === 'relay-1' ? 1 : 0;
    const relay = this.#relays[i] as ChildProcess;
    if (kills) {
      relay.kill('SIGKILL');
      await once(relay, 'exit');
      this.#startRelay(i);
    } else {
      relay.kill('SIGSTOP');
      await sleep(frozenMs);
      relay.kill('SIGCONT');
    }
  }

  #startRelay(i: number): void {
    const { stack, urlFor } = this.run.platform;
    this.#relays[i] = spawn(process.execPath, [program], {
      stdio: process.env.RELAY_LOG ? 'inherit' : 'ignore',
      env: {
        ...process.env,
        ...{ DATABASE_URL: urlFor('wallet_workers'), AMQP_URL: stack.amqpUrl, SMTP_URL: 'smtp://127.0.0.1:1' },
        ...{ WORKER_PARTS: 'relay', WORKER_NAME: `relay-${i}`, WORKER_HEALTH_PORT: '0', LOG_LEVEL: 'warn' },
      },
    });
  }

  /** As the API shows it. */
  async transaction(id: string): Promise<object> {
    const { gatewayUrl, token } = this.run.platform;
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${gatewayUrl}/api/transactions/${id}`, { headers });
    if (response.status !== 200) throw new Error(`GET transaction ${id}: ${response.status}`);
    return (await response.json()) as object;
  }

  /** Each of them is one event more. */
  async payInto(walletIds: readonly string[]): Promise<void> {
    const { gatewayUrl, token } = this.run.platform;
    const pay = async (walletId: string) => {
      const response = await fetch(`${gatewayUrl}/api/wallets/${walletId}/deposits`, {
        method: 'POST',
        headers: {
          ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({ amount: '0.01', currency: 'EUR' }),
      });
      // A wallet's limit may refuse it: that is an event, too.
      if (response.status !== 201 && response.status !== 422) throw new Error(await response.text());
    };
    await Promise.all(walletIds.map(pay));
  }

  /** The broker has all of the ledger but what is being written now. */
  async caughtUp(): Promise<void> {
    for (;;) {
      const [lag] = await this.run.ask<{ seconds: number }>('SELECT seconds FROM relay_lag');
      if ((lag?.seconds ?? 0) < 2) return;
      await sleep(100);
    }
  }

  /** The broker has all that was committed before the call. */
  async hasRelayed(): Promise<void> {
    for (;;) {
      const [lag] = await this.run.ask<{ batches: string }>('SELECT batches FROM relay_lag');
      if (Number(lag?.batches) === 0) return;
      await sleep(50);
    }
  }

  async #verdict(caughtUpMs: number): Promise<RelayVerdict> {
    const { wrong, story } = await this.run.verdict();
    const { seen } = this.subscriber;
    const untilMs = performance.now() + 20_000;
    let lasts = await this.lasts();
    // Holds expire meanwhile.
    while (seen.missing(lasts).length > 0 && performance.now() < untilMs) {
      await sleep(100);
      lasts = await this.lasts();
    }
    const events = [...lasts.values()].reduce((sum, last) => sum + last, 0);
    const missing = seen.missing(lasts);
    return {
      wrong: [
        ...wrong,
        ...seen.wrong.slice(0, 10),
        ...seen.gaps.slice(0, 10).map((gap) => `a gap: ${JSON.stringify(gap)}`),
        ...(missing.length > 0 ? [`${missing.length} of ${events} events are missing: ${missing.slice(0, 10)}`] : []),
        ...(caughtUpMs > 120_000 ? [`caught up after ${caughtUpMs} ms`] : []),
      ],
      story: `${events} events, ${seen.duplicates} repetitions, ${seen.messages} messages, caught up in ${caughtUpMs} ms\n${story}`,
    };
  }

  /** The last event of each partition that has any, as its owner has counted. */
  async lasts(): Promise<Map<number, number>> {
    const rows = await this.run.ask<{ id: number; last: string }>(
      'SELECT p.id, w.event_sequences[p.id + 1] AS last FROM partitions p JOIN engine_workers w USING (worker_id)',
    );
    return new Map(rows.map(({ id, last }) => [id, Number(last)] as const).filter(([, last]) => last > 0));
  }
}
