import { Complaint } from './complaint.js';
import { connectionAdvice } from './connection-failure.js';
import { type NatsLogin, natsLogin, natsOptions } from './nats-options.js';
import { inboxPrefix } from './subjects.js';

const retryEveryMs = 200;

export interface NatsPlace {
  /** NATS_URL. */
  readonly url: string;
  readonly namespace: string;
  /** Of this connection, for who looks at the server. */
  readonly name: string;
  /** What it publishes does not come back to it. */
  readonly noEcho?: boolean;
}

type NatsConnectOptions = typeof natsOptions & NatsLogin & { name: string; inboxPrefix: string; noEcho: boolean };

interface Log {
  warn(facts: object, message: string): void;
}

/**
 * Connects with the login of the URL, for as long as it takes: the first connection too, and it says why one does not come about,
 * which the client keeps to itself.
 * @param connect the NATS client's
 */
export async function connectNats<Connection>(
  connect: (options: NatsConnectOptions) => Promise<Connection>,
  { url, namespace, name, noEcho = false }: NatsPlace,
  log: Log,
): Promise<Connection> {
  const options = { ...natsOptions, ...natsLogin(url), inboxPrefix: inboxPrefix(namespace), name, noEcho };
  const complaint = new Complaint();
  for (;;) {
    try {
      return await connect(options);
    } catch (error) {
      const advice = connectionAdvice(error, 'NATS_URL', url);
      if (complaint.isNew(advice ?? String(error))) {
        log.warn({ err: error, advice }, 'NATS cannot be reached: trying again');
      }
      await new Promise((resolve) => setTimeout(resolve, retryEveryMs));
    }
  }
}
