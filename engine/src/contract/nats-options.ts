/**
 * How every program's client of NATS behaves. It never gives up, also not when its login is refused for a while, as it is when a
 * password changes in the wrong order; while NATS is away, callers are refused and learn so at once, so it comes back soon, with a
 * jitter that keeps a whole platform from knocking in step.
 */
export const natsOptions = {
  maxReconnectAttempts: -1,
  ignoreAuthErrorAbort: true,
  reconnectTimeWait: 100,
  reconnectJitter: 100,
  reconnectJitterTLS: 100,
  timeout: 2_000,
  // A frozen server is noticed after two unanswered pings.
  pingInterval: 1_000,
  maxPingOut: 2,
} as const;

export interface NatsLogin {
  /** Host and port. */
  servers: string;
  user?: string;
  pass?: string;
  token?: string;
  /** Given: the connection is encrypted, or there is none. `host`: which name the certificate must have, where the address is none. */
  tls?: { handshakeFirst?: boolean; host?: string };
}

/**
 * NATS_URL in the parts that the client takes: of a URL it would take host and port alone. `nats://engine:password@host:4222`;
 * `tls://` asks for encryption, and a user without a password is a token.
 */
export function natsLogin(url: string): NatsLogin {
  const { protocol, host, hostname, username, password } = new URL(url);
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  const login = user === '' ? {} : pass === '' ? { token: user } : { user, pass };
  if (protocol !== 'tls:') return { servers: host, ...login };
  // Without a name the client would ask the certificate for `localhost`.
  const address = /^\[(.*)\]$/.exec(hostname)?.[1] ?? (/^[\d.]+$/.test(hostname) ? hostname : undefined);
  return { servers: host, ...login, tls: address === undefined ? {} : { host: address } };
}
