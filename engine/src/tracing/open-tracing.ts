import type { Logger } from 'pino';
import type { TraceExporter } from '../contract/trace-exporter.js';
import { collectorLog, sendRest, sendTimeoutMs, spanBatching } from '../contract/trace-sending.js';
import { Traces } from './traces.js';

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
  diag.setLogger(collectorLog(log), { logLevel: DiagLogLevel.WARN });
  const provider = new sdk.TracerProvider({
    sampler: new sdk.AlwaysOnSampler(),
    resource: resourceFromAttributes({
      ...{ 'service.name': 'smart-wallet-engine', 'service.namespace': namespace, 'service.instance.id': name },
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: sendTimeoutMs }),
        ...spanBatching,
      }),
    ],
  });
  const tracer = provider.getTracer('smart-wallet');
  log.info({ url }, 'commands that their gateways trace are traced');
  const stop = () => sendRest(provider);
  return new Traces(tracer, name, stop);
}
