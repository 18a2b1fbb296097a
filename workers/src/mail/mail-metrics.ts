import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../database.js';
import { type WaitingMails, waitingMails } from './mail-rows.js';

/** A scrape does not wait for a database that is away. */
const freshForMs = 5_000;

export class MailMetrics {
  readonly #sent: Counter;
  readonly #failed: Counter;
  #waiting: { at: number; read: Promise<WaitingMails | null> } | null = null;

  constructor(
    registry: Registry,
    private readonly database: Database,
    isServerThere: () => boolean,
  ) {
    const registers = [registry];
    this.#sent = new Counter({
      name: 'wallet_workers_mails_sent_total',
      help: 'Mails that the server took',
      registers,
    });
    this.#failed = new Counter({
      name: 'wallet_workers_mails_failed_total',
      help: 'Mails that were given up: they lie with the dead letters',
      registers,
    });
    const gauge = (name: string, help: string, read: (waiting: WaitingMails) => number) => {
      const waiting = () => this.#read();
      new Gauge({
        ...{ name, help, registers },
        async collect() {
          const found = await waiting();
          if (found) this.set(read(found));
          else this.reset();
        },
      });
    };
    gauge('wallet_workers_mails_waiting', 'Mails that are to be sent, of all workers', ({ count }) => count);
    gauge('wallet_workers_mail_waits_seconds', 'Age of the oldest of them', ({ oldestSeconds }) => oldestSeconds);
    new Gauge({
      ...{
        name: 'wallet_workers_mail_server_there',
        help: '1 while the mail server takes mails; 0 while they wait',
        registers,
      },
      collect() {
        this.set(Number(isServerThere()));
      },
    });
  }

  sent(): void {
    this.#sent.inc();
  }

  failed(count = 1): void {
    this.#failed.inc(count);
  }

  /** Both gauges of a scrape, of one query. Null: Postgres cannot be asked. */
  #read(): Promise<WaitingMails | null> {
    if (this.#waiting === null || performance.now() - this.#waiting.at > freshForMs) {
      this.#waiting = { at: performance.now(), read: waitingMails(this.database).catch(() => null) };
    }
    return this.#waiting.read;
  }
}
