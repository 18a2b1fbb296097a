import type { ReadLedger, ReadName } from './grown/reads.js';
import { Histogram } from './histogram.js';
import type { Workload } from './workload.js';

/** What one measurement is to do. It runs in a process of its own. */
export type DriveOrder = { workload: Workload; warmUpMs: number; measureMs: number } & (
  | { target: 'raw'; databaseUrl: string }
  | { target: 'engine'; databaseUrl: string; natsUrl: string; namespace: string }
  | {
      target: 'http';
      url: string;
      token: string;
      connections: number;
      /** Payments in one request; 1: `POST /api/payments`. */
      batchSize: number;
      /** How many of the requests only read (0 to 1). */
      readShare?: number;
      /** Payments a second, sent at their times whether or not answers come; without it the next follows an answer. */
      openLoopRate?: number;
    }
  | { target: 'reads'; url: string; token: string; connections: number; read: ReadName; ledger: ReadLedger }
);

export interface DriveResult {
  /** Answers in the measured time: payments, and reads where there are any. */
  answers: number;
  /** Answers that were not a success, over the whole run. The first one's text is in `firstFailure`. */
  failures: number;
  firstFailure: string | null;
  /** Payments that succeeded over the whole run, warm-up included. */
  succeeded: number;
  /** Reads that were answered over the whole run. */
  reads: number;
  seconds: number;
  /** Share of one core that the load generator itself used while measuring. */
  ownCpu: number;
  latency: number[];
}

/** Counts answers, those of the warm-up apart. */
export class Meter {
  readonly #startsAt: number;
  readonly endsAt: number;
  readonly #latency = new Histogram();
  #answers = 0;
  #failures = 0;
  #succeeded = 0;
  #reads = 0;
  #firstFailure: string | null = null;
  #cpuAtStart: NodeJS.CpuUsage | undefined;
  #cpu: NodeJS.CpuUsage | undefined;

  constructor(order: DriveOrder) {
    const now = performance.now();
    this.#startsAt = now + order.warmUpMs;
    this.endsAt = this.#startsAt + order.measureMs;
    setTimeout(() => {
      this.#cpuAtStart = process.cpuUsage();
    }, order.warmUpMs);
    setTimeout(() => {
      this.#cpu = process.cpuUsage(this.#cpuAtStart);
    }, order.warmUpMs + order.measureMs);
  }

  /** No new requests once it is over. */
  get over(): boolean {
    return performance.now() >= this.endsAt;
  }

  /** @param sentAt `performance.now()` when it was sent, or should have been */
  answered(sentAt: number, payments: number): void {
    this.#succeeded += payments;
    this.#count(sentAt, payments);
  }

  read(sentAt: number): void {
    this.#reads += 1;
    this.#count(sentAt, 1);
  }

  #count(sentAt: number, answers: number): void {
    const now = performance.now();
    if (now < this.#startsAt || now >= this.endsAt) return;
    this.#answers += answers;
    this.#latency.record(now - sentAt, answers);
  }

  failed(text: string, payments = 1): void {
    this.#failures += payments;
    this.#firstFailure ??= text.slice(0, 500);
  }

  result(): DriveResult {
    const seconds = (this.endsAt - this.#startsAt) / 1_000;
    const cpu = this.#cpu ?? process.cpuUsage(this.#cpuAtStart);
    return {
      answers: this.#answers,
      failures: this.#failures,
      firstFailure: this.#firstFailure,
      succeeded: this.#succeeded,
      reads: this.#reads,
      seconds,
      ownCpu: (cpu.user + cpu.system) / 1e6 / seconds,
      latency: this.#latency.counts(),
    };
  }
}
