/**
 * How every program's client of NATS behaves. It never gives up; while it is away, callers are refused and learn so at once,
 * so it comes back soon, with a jitter that keeps a whole platform from knocking in step.
 */
export const natsOptions = {
  maxReconnectAttempts: -1,
  waitOnFirstConnect: true,
  reconnectTimeWait: 100,
  reconnectJitter: 100,
  timeout: 2_000,
  // A frozen server is noticed after two unanswered pings.
  pingInterval: 1_000,
  maxPingOut: 2,
} as const;
