import { setTimeout as sleep } from 'node:timers/promises';
import { connectionAdvice } from '@smart-wallet/engine/contract/connection-failure.js';
import { type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib';
import type { Logger } from 'pino';

/** A broker that is frozen is noticed after two to three of them. */
const heartbeatSeconds = 5;
const connectTimeoutMs = 5_000;
/** Of what was written and is not sent: with Node's own 16 KiB each large message waits for the one before, and is a system call by itself. */
const unsentBytesMax = 1_048_576;
const closeTimeoutMs = 2_000;
const retryMs = { first: 200, max: 5_000 } as const;

/** One connection to the broker that comes back by itself, for as long as it takes. */
export class BrokerConnection {
  #recovering: RecoveringChannelModel | undefined;
  #connected = false;

  constructor(
    private readonly url: string,
    private readonly name: string,
    private readonly log: Logger,
    /** Run on every new connection, before it counts as connected. Throwing makes another attempt. */
    private readonly setUp: (model: ChannelModel) => Promise<void>,
  ) {}

  get connected(): boolean {
    return this.#connected;
  }

  /** Returns at once; what waits for the broker waits in `setUp`'s users. */
  async open(): Promise<void> {
    const target = new URL(this.url);
    target.searchParams.set('heartbeat', String(heartbeatSeconds));
    const recovering = await connect(target.href, {
      timeout: connectTimeoutMs,
      // Of the socket: its types do not say so.
      ...({ writableHighWaterMark: unsentBytesMax } as object),
      clientProperties: { connection_name: this.name },
      recovery: {
        initialDelay: retryMs.first,
        maxDelay: retryMs.max,
        waitForConnect: false,
        setup: (model: ChannelModel) => this.#setUp(model),
      },
    });
    recovering.on('connect', () => {
      this.#connected = true;
      this.log.info({ connection: this.name }, 'connected to RabbitMQ');
    });
    recovering.on('disconnect', (error) => {
      this.#connected = false;
      this.log.warn({ err: error, connection: this.name }, 'lost RabbitMQ: everything waits until it is back');
    });
    recovering.on('connect-failed', (error) => {
      const advice = connectionAdvice(error, 'AMQP_URL', this.url);
      this.log.warn({ err: error, advice, connection: this.name }, 'RabbitMQ cannot be reached: trying again');
    });
    recovering.on('error', () => {}); // said above
    recovering.on('blocked', (reason) => {
      this.log.warn({ reason, connection: this.name }, 'RabbitMQ takes no messages: look at its memory and disk');
    });
    recovering.on('unblocked', () => {
      this.log.info({ connection: this.name }, 'RabbitMQ takes messages again');
    });
    this.#recovering = recovering;
  }

  async close(): Promise<void> {
    this.#connected = false;
    await this.#recovering?.close().catch(() => {});
  }

  async #setUp(model: ChannelModel): Promise<void> {
    // Until the set-up is through nobody else listens, and an error that nobody listens to would end the process.
    model.on('error', (error: Error) => this.log.warn({ err: error, connection: this.name }, 'RabbitMQ said'));
    boundClose(model);
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => {});
    // A channel's close that is under way when the connection dies is never answered: the set-up would wait for ever, and so would we.
    model.once('close', (error?: Error) => gone.reject(error ?? new Error('the connection was closed')));
    await Promise.race([this.setUp(model), gone.promise]);
  }
}

/** The broker may be gone already, or frozen, and would not answer. */
function boundClose(model: ChannelModel): void {
  const close = model.close.bind(model);
  model.close = async () => {
    const closed = close().catch(() => {});
    await Promise.race([closed, sleep(closeTimeoutMs, undefined, { ref: false })]);
  };
}
