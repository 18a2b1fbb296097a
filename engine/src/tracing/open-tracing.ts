import type { Logger } from 'pino';
import type { TraceExporter } from '../contract/trace-exporter.js';
import { Traces } from './traces.js';

/** Spans that wait for the collector: beyond, new ones are dropped. */
const waitingMax = 2_048;
const sentTogetherMax = 512;
const sendEveryMs = 1_000;
const sendTimeoutMs = 5_000;
/** A collector that is away holds up no stop. */
const stopTimeoutMs = 1_000;

/** Loads OpenTelemetry, which nobody pays for who does not trace. */
export async function openTracing(
  { url, headers }: TraceExporter,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  log: Logger,
): Promise<Traces> {
  const [{ diag, DiagLogLevel }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  diag.setLogger(quietLog(log), { logLevel: DiagLogLevel.WARN });
  const provider = new sdk.TracerProvider({
    sampler: new sdk.AlwaysOnSampler(),
    resource: resourceFromAttributes({
      ...{ 'service.name': 'smart-wallet-engine', 'service.namespace': namespace, 'service.instance.id': name },
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: sendTimeoutMs }),
        ...{ maxQueueSize: waitingMax, maxExportBatchSize: sentTogetherMax },
        ...{ scheduledDelayMillis: sendEveryMs, exportTimeoutMillis: 2 * sendTimeoutMs },
      }),
    ],
  });
  const tracer = provider.getTracer('smart-wallet');
  log.info({ url }, 'commands that their gateways trace are traced');
  const stop = async () => {
    const late = new Promise<void>((over) => setTimeout(over, stopTimeoutMs).unref());
    await Promise.race([provider.shutdown().catch(() => {}), late]);
  };
  return new Traces(tracer, name, stop);
}

/** A collector that is away is one line a minute. */
function quietLog(log: Logger) {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const say = (reason: unknown) => {
    const now = performance.now();
    if (now - saidAtMs < 60_000) return;
    saidAtMs = now;
    log.warn(
      { reason: String(reason).slice(0, 300) },
      'traces are not sent: is the collector up? Commands go on without',
    );
  };
  const nothing = () => {};
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
}
