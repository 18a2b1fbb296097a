import type { IncomingMessage } from 'node:http';
import { ProblemError } from './problem.js';
import { whileConnected } from './while-connected.js';

/** Reports made at once: they share a few connections chunk by chunk, and one more would make all of them late. */
export const reportsMax = 16;

/** Places for answers that are added up from many rows and then sent whole: totals, statements, analyses. */
export class ReportPlaces {
  #taken = 0;

  get taken(): number {
    return this.#taken;
  }

  /** Throws OVERLOADED when all are taken. The work is aborted when its client has left. */
  async make<T>(request: IncomingMessage, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#taken >= reportsMax) {
      const detail = `${reportsMax} reports are being made here already. Ask again later.`;
      throw new ProblemError({ code: 'OVERLOADED', detail });
    }
    this.#taken++;
    try {
      return await whileConnected(request, work);
    } finally {
      this.#taken--;
    }
  }
}
