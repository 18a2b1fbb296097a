import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Database } from '../storage/database.js';

/** What is about to leave. */
export interface NewExport {
  action: 'TRANSACTIONS_EXPORTED' | 'STATEMENT_EXPORTED';
  /** The wallet of a statement; else the export itself is what the row is about. */
  subject?: string;
  format: string;
  filters: object;
  /** What was committed from then on is not in it. */
  asOf?: string;
  /** How many rows match: so many will leave, if nothing breaks it off. */
  rows: number;
}

/** An export that is on record. */
export interface RecordedExport {
  /** Rows that were handed over so far. */
  handedOver: number;
  ended(whole: boolean): void;
}

/**
 * Who took which rows out, as rows of the audit log: one before the first row leaves, with all that says which rows they are, and one
 * at the end, which says how many left. Nothing leaves that is not on record: what cannot be written down is refused. An end that
 * cannot be written down, or a gateway that dies, leaves the first row alone: up to as many rows left as it says.
 */
export class ExportLog {
  readonly #ending = new Set<Promise<void>>();

  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly log: Pick<Logger, 'error'>,
  ) {}

  async begin({ raw, bearer, traceId }: FastifyRequest, begun: NewExport): Promise<RecordedExport> {
    const exported: RecordedExport = { handedOver: 0, ended: () => {} };
    // No row leaves.
    if (raw.method === 'HEAD') return exported;
    const { action, subject, ...said } = begun;
    const exportId = randomUUID();
    const of = { by: bearer.subject, subject: subject ?? exportId, traceId };
    await this.#write(action, of, { exportId, ...said });
    exported.ended = (whole) => {
      const end = { exportId, rows: exported.handedOver, whole };
      const written = this.#write('EXPORT_ENDED', of, end).catch((error: unknown) => {
        this.log.error({ err: error, ...of, ...end }, 'the end of an export could not be written to the audit log');
      });
      this.#ending.add(written);
      void written.finally(() => this.#ending.delete(written));
    };
    return exported;
  }

  /** Those that the end of the gateway broke off are written down before its connections close. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#ending);
  }

  async #write(action: string, { by, subject, traceId }: WrittenOf, after: object): Promise<void> {
    await this.database.query({
      name: 'record-export',
      text: 'SELECT record_export($1, $2, $3, $4, $5)',
      values: [action, subject, by, JSON.stringify(after), traceId],
    });
  }
}

interface WrittenOf {
  by: string;
  subject: string;
  traceId: string;
}
