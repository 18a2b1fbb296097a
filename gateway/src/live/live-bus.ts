import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Complaint } from '@smart-wallet/engine/contract/complaint.js';
import {
  isBatchCommitted,
  isEngineHeartbeat,
  isGatewayHeartbeat,
  isOwnershipEvent,
} from '@smart-wallet/engine/contract/event-shape.js';
import type { BatchCommitted, EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import type { GatewayHeartbeat } from '@smart-wallet/engine/contract/live.js';
import { connectNats } from '@smart-wallet/engine/contract/nats-connect.js';
import {
  batchSubject,
  gatewaySubject,
  heartbeatSubject,
  ownershipSubject,
} from '@smart-wallet/engine/contract/subjects.js';
import type { Logger } from 'pino';

export interface LiveBusListener {
  batch(event: BatchCommitted): void;
  ownership(event: OwnershipEvent): void;
  engine(beat: EngineHeartbeat): void;
  gateway(beat: GatewayHeartbeat): void;
}

/** One line a minute about events that cannot be read, whatever their number. */
const complainEveryMs = 60_000;

/**
 * What the platform tells about itself, over a NATS connection of its own: when this gateway hears slower than the engines
 * talk, the server cuts this connection off, and not the one that payments go over. Nothing is kept here: events are taken
 * as they are read from the socket, and what waits, waits at the server, up to its limit. What gets lost is figures of open
 * seconds, which the ledger makes good when they close, and beats, which come again.
 */
export class LiveBus {
  readonly #connection: NatsConnection;
  readonly #namespace: string;
  readonly #log: Logger;
  #complainedAtMs = -Infinity;
  readonly #refusal = new Complaint();
  #connected = true;

  static async open(url: string, namespace: string, log: Logger): Promise<LiveBus> {
    const name = `${namespace}-gateway-live`;
    const connection = await connectNats(connect, { url, namespace, name, noEcho: true }, log);
    return new LiveBus(connection, namespace, log);
  }

  private constructor(connection: NatsConnection, namespace: string, log: Logger) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#log = log;
    void this.#watch();
  }

  listen(listener: LiveBusListener): void {
    const { batch, ownership, engine, gateway } = subjectsOf(this.#namespace);
    this.#hear(batch, isBatchCommitted, (event) => listener.batch(event));
    this.#hear(ownership, isOwnershipEvent, (event) => listener.ownership(event));
    this.#hear(engine, isEngineHeartbeat, (beat) => listener.engine(beat));
    this.#hear(gateway, isGatewayHeartbeat, (beat) => listener.gateway(beat));
  }

  sayAlive(beat: GatewayHeartbeat): void {
    // The client keeps what is published while it is disconnected, and would send it all at once later.
    if (this.#connected) this.#connection.publish(subjectsOf(this.#namespace).gateway, JSON.stringify(beat));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #hear<T>(subject: string, isOne: (value: unknown) => value is T, heard: (value: T) => void): void {
    this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) return this.#log.warn({ err: error, subject }, 'NATS refused a subject: check its permissions');
        // A throw in a callback would close the connection.
        try {
          const value = message.json<unknown>();
          if (isOne(value)) heard(value);
          else this.#complain(subject, new TypeError('it has another shape'));
        } catch (cause) {
          this.#complain(subject, cause);
        }
      },
    });
  }

  #complain(subject: string, cause: unknown): void {
    if (performance.now() - this.#complainedAtMs < complainEveryMs) return;
    this.#complainedAtMs = performance.now();
    this.#log.warn({ err: cause, subject }, 'an event cannot be read: it is ignored');
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect' && this.#connected) {
        this.#connected = false;
        this.#log.info('the live stream lost NATS: open figures and owners wait for it');
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.#log.info('the live stream has NATS again');
      } else if (status.type === 'error' && this.#refusal.isNew(status.error.message)) {
        this.#log.warn(
          { err: status.error },
          'NATS refuses the live stream: does NATS_URL have the login of a gateway?',
        );
      }
    }
    this.#connected = false;
  }
}

function subjectsOf(namespace: string) {
  return {
    batch: batchSubject(namespace),
    ownership: ownershipSubject(namespace),
    engine: heartbeatSubject(namespace),
    gateway: gatewaySubject(namespace),
  };
}
