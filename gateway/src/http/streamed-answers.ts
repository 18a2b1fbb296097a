import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';
import { abortWhenLeft } from './while-connected.js';

/** Answers that are streamed at once: each keeps a chunk of rows or two in memory. */
export const streamsMax = 8;
/** A client that takes nothing for this long is given up. */
export const stalledMsMax = 60_000;

interface StreamHead {
  contentType: string;
  headers: Readonly<Record<string, string>>;
  /** It is over: was all of it handed over? Not called for a HEAD, which has no body. */
  ended?(whole: boolean): void;
}

/** Room for one streamed answer, from the work before its first byte on. */
export interface StreamRoom {
  /** Aborted when the client has left, or the gateway stops. */
  readonly signal: AbortSignal;
  free(): void;
}

interface Guarded {
  readonly room: StreamRoom;
  readonly request: FastifyRequest;
  readonly stream: () => Readable;
}

/**
 * Answers too long to be held: made chunk by chunk, each when the client has taken the one before. Between two chunks a stream
 * has nothing but its place, so slow clients cost neither memory nor a connection to Postgres.
 */
export class StreamedAnswers {
  readonly #open = new Set<AbortController>();

  /** `mayRead`: whether who asked still may; what was withdrawn meanwhile breaks the answer off. */
  constructor(
    private readonly stalledMs = stalledMsMax,
    private readonly mayRead: (request: FastifyRequest) => boolean = () => true,
  ) {}

  get openCount(): number {
    return this.#open.size;
  }

  /** Throws OVERLOADED when all are taken. Free it, or send a stream, which frees it. */
  take(request: IncomingMessage): StreamRoom {
    if (this.#open.size >= streamsMax) {
      const detail = `${streamsMax} long answers are under way here already. Ask again later.`;
      throw new ProblemError({ code: 'OVERLOADED', detail });
    }
    const aborting = new AbortController();
    this.#open.add(aborting);
    const unfollow = abortWhenLeft(request, aborting);
    return {
      signal: aborting.signal,
      free: () => {
        unfollow();
        this.#open.delete(aborting);
      },
    };
  }

  /** What fails after the first chunk ends the connection, so that nobody takes a part for the whole. */
  send(reply: FastifyReply, room: StreamRoom, head: StreamHead, chunks: AsyncIterable<string>): FastifyReply {
    reply.code(200).header('content-type', head.contentType).headers(head.headers);
    if (reply.request.method === 'HEAD') {
      room.free();
      return reply.send('');
    }
    const stream = Readable.from(this.#guarded(chunks, { room, request: reply.request, stream: () => stream }));
    // Whatever ends it, also before the first chunk was asked for.
    stream.once('close', () => {
      room.free();
      head.ended?.(stream.readableEnded);
    });
    room.signal.addEventListener('abort', () => stream.destroy(room.signal.reason as Error), { once: true });
    return reply.send(stream);
  }

  /** When the gateway stops: their clients ask another one. */
  onModuleDestroy(): void {
    for (const aborting of this.#open) aborting.abort(new Error('the gateway stops'));
  }

  async *#guarded(chunks: AsyncIterable<string>, { room, request, stream }: Guarded): AsyncGenerator<string> {
    let timer: NodeJS.Timeout | undefined;
    try {
      for await (const chunk of chunks) {
        if (chunk === '') continue;
        if (!this.mayRead(request)) throw new Error('the token was withdrawn');
        timer = setTimeout(() => stream().destroy(new Error('the client takes nothing')), this.stalledMs);
        yield chunk;
        clearTimeout(timer);
        room.signal.throwIfAborted();
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
