import { Complaint } from './complaint.js';
import { connectionAdvice } from './connection-failure.js';
import { type NatsLogin, natsLogin, natsOptions } from './nats-options.js';
import { inboxPrefix } from './subjects.js';

const retryEveryMs = 200;
/** Restarts of a server are over by then. */
const wonderAfterMs = 5_000;

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
type Connect<Connection> = (options: NatsConnectOptions) => Promise<Connection>;

interface Log {
  warn(facts: object, message: string): void;
}

/**
 * Connects with the login of the URL, for as long as it takes: the first connection too, and it says why one does not come about,
 * which the client keeps to itself.
 * @param connect the NATS client's
 */
export async function connectNats<Connection>(
  connect: Connect<Connection>,
  { url, namespace, name, noEcho = false }: NatsPlace,
  log: Log,
): Promise<Connection> {
  const options = optionsOf({ url, namespace, name, noEcho });
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

/**
 * Says why a connection that was lost does not come back, which the client keeps to itself as well: another connection is tried
 * for that. Returns who is told of a loss and of a return.
 */
export function absenceOf<Connection extends { close(): Promise<void> }>(
  connect: Connect<Connection>,
  place: NatsPlace,
  log: Log,
): { lost(): void; back(): void } {
  let timer: NodeJS.Timeout | undefined;
  const complaint = new Complaint();
  const wonder = async () => {
    try {
      await (await connect(optionsOf(place))).close();
    } catch (error) {
      const advice = connectionAdvice(error, 'NATS_URL', place.url);
      if (timer !== undefined && complaint.isNew(advice ?? String(error))) {
        log.warn({ err: error, advice }, 'NATS is still away');
      }
    }
    if (timer !== undefined) ask();
  };
  const ask = () => {
    timer = setTimeout(() => void wonder(), wonderAfterMs);
    timer.unref();
  };
  return {
    lost() {
      if (timer === undefined) ask();
    },
    back() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function optionsOf({ url, namespace, name, noEcho = false }: NatsPlace): NatsConnectOptions {
  return { ...natsOptions, ...natsLogin(url), inboxPrefix: inboxPrefix(namespace), name, noEcho };
}
