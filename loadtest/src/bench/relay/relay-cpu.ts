import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import type { PartPids } from '../cpu-by-part.js';
import { cpuOfParts, type Process, readProcesses, tickMs } from '../cpu-time.js';

/** CPU time in milliseconds. */
export interface RelayCpu {
  readonly relay: number;
  /** Its connections' processes at Postgres. */
  readonly backends: number;
  readonly broker: number;
  /** Everything that works for a payment, without the relay's part of Postgres. */
  readonly payments: number;
}

export interface RelayPids {
  relay(): number | null;
  broker(): number | null;
  payments(): PartPids;
}

/** A connection that ended counts as far as it was seen. */
const lookEveryMs = 500;

/** Adds up what the relay uses, and what payments use beside it. */
export class RelayCpuMeter {
  /** As they were seen last, by process. */
  readonly #backends = new Map<number, number>();
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout;

  constructor(
    private readonly pids: RelayPids,
    private readonly databaseUrl: string,
  ) {
    this.#timer = setInterval(() => {
      this.#looking = this.#look().then(() => {});
    }, lookEveryMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking.catch(() => {});
  }

  /** So far. Throws where CPU time cannot be read. */
  async read(): Promise<RelayCpu> {
    const processes = await this.#look();
    const ofParts = cpuOfParts(processes, this.pids.payments());
    if (ofParts === null) throw new Error('the CPU time of a server elsewhere cannot be read');
    const backends = [...this.#backends.values()].reduce((sum, each) => sum + each, 0);
    const all = Object.values(ofParts).reduce((sum, each) => sum + each, 0);
    const of = (pid: number | null) => (processes.get(pid ?? 0)?.ownTicks ?? Number.NaN) * tickMs;
    return { relay: of(this.pids.relay()), backends, broker: of(this.pids.broker()), payments: all - backends };
  }

  async #look(): Promise<ReadonlyMap<number, Process>> {
    const { rows } = await withClient(this.databaseUrl, (client) =>
      client.query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE usename = 'wallet_workers'`),
    );
    const processes = readProcesses();
    if (processes === null) throw new Error('CPU time cannot be read here: there is no /proc');
    for (const { pid } of rows) {
      const process = processes.get(pid);
      if (process) this.#backends.set(pid, process.ownTicks * tickMs);
    }
    return processes;
  }
}

export function cpuBetween(before: RelayCpu, after: RelayCpu): RelayCpu {
  return {
    ...{ relay: after.relay - before.relay, backends: after.backends - before.backends },
    ...{ broker: after.broker - before.broker, payments: after.payments - before.payments },
  };
}
