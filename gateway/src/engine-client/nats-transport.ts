import { connect, createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { OwnershipEvent, WorkerHeartbeat } from '@smart-wallet/engine/contract/events.js';
import { commandSubject, heartbeatSubject, ownershipSubject } from '@smart-wallet/engine/contract/subjects.js';
import type { Logger } from 'pino';
import type { Transport, TransportListener } from './transport.js';

/**
 * One NATS connection. Replies come to one inbox, and the request's number is the last part of its subject: no promise
 * and no timer a request (`nc.request` makes both). Time-outs are the engine client's.
 */
export class NatsTransport implements Transport {
  readonly #connection: NatsConnection;
  readonly #namespace: string;
  readonly #inbox: string;
  readonly #subjects = new Map<number, { epoch: number; subject: string }>();
  readonly #log: Logger;
  #connected = true;

  static async open(url: string, namespace: string, log: Logger): Promise<NatsTransport> {
    const connection = await connect({
      servers: url,
      name: `${namespace}-gateway`,
      maxReconnectAttempts: -1,
      waitOnFirstConnect: true,
      reconnectTimeWait: 100,
      reconnectJitter: 100,
      // A frozen server is noticed after two unanswered pings.
      pingInterval: 1_000,
      maxPingOut: 2,
      timeout: 2_000,
    });
    return new NatsTransport(connection, namespace, log);
  }

  private constructor(connection: NatsConnection, namespace: string, log: Logger) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#inbox = createInbox();
    this.#log = log;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Starts to tell the listener. Call it once, before the first `send`. */
  listen(listener: TransportListener): void {
    const prefixLength = this.#inbox.length + 1;
    this.#connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) return this.#log.warn({ err: error }, 'NATS refused the reply inbox: check its permissions');
        listener.replied(
          Number(message.subject.slice(prefixLength)),
          isNoResponders(message) ? null : message.string(),
        );
      },
    });
    this.#connection.subscribe(ownershipSubject(this.#namespace), {
      callback: (error, message) => {
        if (!error) this.#deliver(message, (event: OwnershipEvent) => listener.ownership(event));
      },
    });
    this.#connection.subscribe(heartbeatSubject(this.#namespace), {
      callback: (error, message) => {
        if (!error) this.#deliver(message, (beat: WorkerHeartbeat) => listener.heartbeat(beat));
      },
    });
    void this.#watch(listener);
  }

  send(partition: number, epoch: number, requestId: number, payload: string): boolean {
    // The client keeps what is published while it is disconnected and would send it late.
    if (!this.#connected) return false;
    try {
      this.#connection.publish(this.#subject(partition, epoch), payload, { reply: `${this.#inbox}.${requestId}` });
      return true;
    } catch (error) {
      this.#log.warn({ err: error, partition, epoch }, 'a request could not be handed to NATS');
      return false;
    }
  }

  /** Resolves when the server answered a ping. */
  async ping(): Promise<void> {
    await this.#connection.flush();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #subject(partition: number, epoch: number): string {
    const known = this.#subjects.get(partition);
    if (known?.epoch === epoch) return known.subject;
    const subject = commandSubject(this.#namespace, partition, epoch);
    this.#subjects.set(partition, { epoch, subject });
    return subject;
  }

  #deliver<T>(message: Msg, to: (value: T) => void): void {
    // A throw in a callback would close the connection.
    try {
      to(message.json<T>());
    } catch (error) {
      this.#log.warn({ err: error, subject: message.subject }, 'an announcement cannot be read: it is ignored');
    }
  }

  async #watch(listener: TransportListener): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect' && this.#connected) {
        this.#connected = false;
        this.#log.warn('lost NATS: commands wait for it within their deadlines');
        listener.disconnected();
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.#log.info('NATS is back');
        listener.connected();
      }
    }
  }
}

function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503;
}
