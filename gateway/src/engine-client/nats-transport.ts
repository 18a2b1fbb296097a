import { connect, createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { ReplyMessage } from '@smart-wallet/engine/contract/commands.js';
import { Complaint } from '@smart-wallet/engine/contract/complaint.js';
import { isEngineHeartbeat, isOwnershipEvent } from '@smart-wallet/engine/contract/event-shape.js';
import { requestBytesMax } from '@smart-wallet/engine/contract/limits.js';
import { absenceOf, connectNats } from '@smart-wallet/engine/contract/nats-connect.js';
import {
  commandSubject,
  heartbeatSubject,
  inboxPrefix,
  ownershipSubject,
} from '@smart-wallet/engine/contract/subjects.js';
import type { Logger } from 'pino';
import type { OutgoingRequest, Transport, TransportListener } from './transport.js';

/**
 * A message is remembered for this long to twice as long, so that NATS's word that nobody heard it can be told to its requests.
 * It comes within a round trip, and after `commandDeadlineMs` and a grace nobody waits any more.
 */
const messageMemoryMs = 6_000;

/** Bytes handed to the NATS client that the server has not confirmed: it keeps them without a bound while its socket is stuck. */
export const unconfirmedBytesMax = 32 * 1_048_576;
/** How many bytes go out from one question for a confirmation to the next. */
const confirmEveryBytes = 1_048_576;

interface Outgoing {
  texts: string[];
  ids: number[];
  bytes: number;
}

/**
 * One NATS connection. What one turn of the event loop has for an engine leaves as one message, and answers come back to one
 * inbox, several to a message: no promise and no timer a request (`nc.request` makes both). Time-outs are the engine
 * client's.
 */
export class NatsTransport implements Transport {
  readonly #connection: NatsConnection;
  readonly #namespace: string;
  readonly #inbox: string;
  readonly #outgoing = new Map<string, Outgoing>();
  /** Requests of each message, in two generations: what is old goes all at once. */
  #sent = new Map<number, number[]>();
  #sentBefore = new Map<number, number[]>();
  #sentSinceMs = 0;
  readonly #log: Logger;
  #listener: TransportListener | null = null;
  #lastMessage = 0;
  readonly #refusal = new Complaint();
  #connected = true;
  #unconfirmedBytes = 0;
  /** Of them, those that no question was asked for. */
  #unaskedBytes = 0;

  static async open(url: string, namespace: string, log: Logger): Promise<NatsTransport> {
    const place = { url, namespace, name: `${namespace}-gateway` };
    const connection = await connectNats(connect, place, log);
    return new NatsTransport(connection, namespace, absenceOf(connect, place, log), log);
  }

  private constructor(
    connection: NatsConnection,
    namespace: string,
    private readonly absence: ReturnType<typeof absenceOf>,
    log: Logger,
  ) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#inbox = createInbox(inboxPrefix(namespace));
    this.#log = log;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Starts to tell the listener. Call it once, before the first `send`. */
  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error) return this.#log.warn({ err: error }, 'NATS refused the reply inbox: check its permissions');
        this.#deliver(message, (reply) => {
          for (const { id, results } of (reply as ReplyMessage).replies ?? []) listener.replied(id, results);
        });
      },
    });
    const prefixLength = this.#inbox.length + 1;
    this.#connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) return this.#log.warn({ err: error }, 'NATS refused the reply inbox: check its permissions');
        const number = Number(message.subject.slice(prefixLength));
        for (const id of this.#sent.get(number) ?? this.#sentBefore.get(number) ?? []) {
          if (isNoResponders(message)) listener.unreached(id);
          // The engine could not read the message.
          else listener.replied(id, undefined);
        }
      },
    });
    this.#connection.subscribe(ownershipSubject(this.#namespace), {
      callback: (error, message) => {
        if (!error) this.#deliver(message, (event) => isOwnershipEvent(event) && listener.ownership(event));
      },
    });
    this.#connection.subscribe(heartbeatSubject(this.#namespace), {
      callback: (error, message) => {
        if (!error) this.#deliver(message, (beat) => isEngineHeartbeat(beat) && listener.heartbeat(beat));
      },
    });
    void this.#watch(listener);
  }

  send(workerId: string, { id, text, bytes }: OutgoingRequest): boolean {
    // The client keeps what is published while it is disconnected and would send it late.
    if (!this.#connected || this.#unconfirmedBytes > unconfirmedBytesMax) return false;
    let outgoing = this.#outgoing.get(workerId);
    if (outgoing && outgoing.bytes + bytes > requestBytesMax) {
      this.#publish(workerId, outgoing);
      outgoing = undefined;
    }
    if (!outgoing) {
      outgoing = { texts: [], ids: [], bytes: 0 };
      this.#outgoing.set(workerId, outgoing);
    }
    outgoing.texts.push(text);
    outgoing.ids.push(id);
    outgoing.bytes += bytes;
    return true;
  }

  flush(): void {
    for (const [workerId, outgoing] of this.#outgoing) this.#publish(workerId, outgoing);
    this.#outgoing.clear();
  }

  /** Resolves when the server answered a ping. */
  async ping(): Promise<void> {
    await this.#connection.flush();
  }

  async close(): Promise<void> {
    this.absence.back();
    await this.#connection.close();
  }

  #publish(workerId: string, { texts, ids, bytes }: Outgoing): void {
    this.#countOut(bytes);
    const number = ++this.#lastMessage;
    this.#remember(number, ids);
    try {
      const reply = `${this.#inbox}.${number}`;
      this.#connection.publish(commandSubject(this.#namespace, workerId), `{"requests":[${texts.join(',')}]}`, {
        reply,
      });
    } catch (error) {
      this.#log.warn({ err: error, workerId }, 'a message could not be handed to NATS');
      for (const id of ids) this.#listener?.unreached(id);
    }
  }

  #countOut(bytes: number): void {
    this.#unconfirmedBytes += bytes;
    this.#unaskedBytes += bytes;
    if (this.#unaskedBytes < confirmEveryBytes) return;
    const asked = this.#unaskedBytes;
    this.#unaskedBytes = 0;
    // Rejected when the connection is lost: what it kept is gone with it.
    const confirmed = () => {
      this.#unconfirmedBytes -= asked;
    };
    this.#connection.flush().then(confirmed, confirmed);
  }

  #remember(number: number, ids: number[]): void {
    const now = performance.now();
    if (now - this.#sentSinceMs > messageMemoryMs) {
      this.#sentBefore = this.#sent;
      this.#sent = new Map();
      this.#sentSinceMs = now;
    }
    this.#sent.set(number, ids);
  }

  #deliver(message: Msg, to: (value: unknown) => void): void {
    // A throw in a callback would close the connection.
    try {
      to(message.json());
    } catch (error) {
      this.#log.error({ err: error, subject: message.subject }, 'a message cannot be read: it is ignored');
    }
  }

  async #watch(listener: TransportListener): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect' && this.#connected) {
        this.#connected = false;
        this.absence.lost();
        this.#log.warn('lost NATS: commands wait for it within their deadlines');
        listener.disconnected();
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.absence.back();
        this.#log.info('NATS is back');
        listener.connected();
      } else if (status.type === 'error' && this.#refusal.isNew(status.error.message)) {
        this.#log.error({ err: status.error }, 'NATS refuses this gateway: does NATS_URL have the login of a gateway?');
      }
    }
  }
}

function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503;
}
