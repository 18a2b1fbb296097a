import { bodyBytesMax } from '@smart-wallet/engine/contract/limits.js';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Bytes of request bodies that one gateway holds at once, from their headers to their answers. */
export const bodyBytesOpenMax = 256 * 1_048_576;

/**
 * What callers send is kept until it is answered: all bodies together are bounded, whatever the database or an engine does
 * meanwhile. A body whose length is not said in advance counts as the largest until it is read.
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
    const bytes = announcedBytes(request);
    if (this.#open + bytes > this.#max) return false;
    request.bodyBytes = bytes;
    this.#open += bytes;
    // Also when the caller hangs up in the middle.
    reply.raw.once('close', () => {
      this.#open -= request.bodyBytes;
      request.bodyBytes = 0;
    });
    return true;
  }

  /** Its body is read, and is so long. */
  read(request: FastifyRequest, bytes: number): void {
    this.#open += bytes - request.bodyBytes;
    request.bodyBytes = bytes;
  }
}

function announcedBytes({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return bodyBytesMax;
  // A longer one is refused before it is read.
  return Math.min(Number(headers['content-length'] ?? 0), bodyBytesMax);
}
