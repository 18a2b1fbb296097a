/** For one request to the collector. */
export const sendTimeoutMs = 5_000;
/** A collector that is away holds up no stop. */
const stopTimeoutMs = 1_000;
const complainEveryMs = 60_000;

/** How spans wait for the collector and go there, as OpenTelemetry's BatchSpanProcessor takes it. More than may wait are dropped. */
export const spanBatching = {
  maxQueueSize: 2_048,
  maxExportBatchSize: 512,
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: 2 * sendTimeoutMs,
} as const;

interface Log {
  warn(facts: object, message: string): void;
}

/** What OpenTelemetry logs by: a collector that is away is one line a minute. */
export function collectorLog(log: Log) {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const say = (reason: unknown) => {
    const now = performance.now();
    if (now - saidAtMs < complainEveryMs) return;
    saidAtMs = now;
    const facts = { reason: String(reason).slice(0, 300) };
    log.warn(facts, 'traces are not sent: is the collector up? All else goes on without');
  };
  const nothing = () => {};
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
}

/** Sends what is left, for a moment at most. */
export async function sendRest(provider: { shutdown(): Promise<void> }): Promise<void> {
  const late = new Promise<void>((over) => setTimeout(over, stopTimeoutMs).unref());
  await Promise.race([provider.shutdown().catch(() => {}), late]);
}
