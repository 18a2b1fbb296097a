import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Bytes of request bodies that one gateway holds at once, from their first byte to their answers. */
export const bodyBytesOpenMax = 256 * 1_048_576;
/** What a body counts for until more of it has arrived: who announces much and sends nothing takes little room. */
export const bodyBytesAtFirst = 16_384;

/**
 * What callers send is kept until it is answered: all bodies together are bounded, whatever the database or an engine does
 * meanwhile. A body counts for what has arrived of it.
 */
export class BodyBudget {
  #open = 0;
  readonly #max: number;

  constructor(max = bodyBytesOpenMax) {
    this.#max = max;
  }

  get openBytes(): number {
    return this.#open;
  }

  /** False when there is no room: nothing of it should be read. The room is given back with the end of the answer. */
  take(request: FastifyRequest, reply: FastifyReply): boolean {
    const bytes = Math.min(announcedBytes(request), bodyBytesAtFirst);
    if (this.#open + bytes > this.#max) return false;
    request.bodyBytes = bytes;
    this.#open += bytes;
    // Also when the caller hangs up in the middle. It comes once: `once` would pay to stop listening.
    reply.raw.on('close', () => {
      this.#open -= request.bodyBytes;
      request.bodyBytes = 0;
    });
    return true;
  }

  /** Counts a large body as it arrives. When there is no room any more, its connection ends: it was not read, and did nothing. */
  watch(request: FastifyRequest, body: Readable): void {
    if (announcedBytes(request) <= bodyBytesAtFirst) return;
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= request.bodyBytes) return;
      this.#open += bytes - request.bodyBytes;
      request.bodyBytes = bytes;
      if (this.#open > this.#max) request.raw.destroy();
    });
  }
}

function announcedBytes({ headers }: FastifyRequest): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Number.POSITIVE_INFINITY;
}
