import { randomUUID } from 'node:crypto';
import type { Tracer } from '@opentelemetry/api';
import type { TraceExporter } from '@smart-wallet/engine/contract/trace-exporter.js';
import { collectorLog, sendRest, sendTimeoutMs, spanBatching } from '@smart-wallet/engine/contract/trace-sending.js';
import type { Logger } from 'pino';
import { Traces } from './traces.js';

export interface TracingConfig extends TraceExporter {
  /** Of the requests that nobody decided about, 0 to 1. */
  readonly ratio: number;
}

/** Loads OpenTelemetry, which nobody pays for who does not trace. */
export async function openTracing(
  { url, headers, ratio }: TracingConfig,
  namespace: string,
  log: Logger,
): Promise<Traces> {
  const [{ diag, DiagLogLevel }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  diag.setLogger(collectorLog(log), { logLevel: DiagLogLevel.WARN });
  const random = new sdk.RandomIdGenerator();
  const ids = { nextTraceId: '' };
  const provider = new sdk.TracerProvider({
    sampler: new sdk.AlwaysOnSampler(),
    resource: resourceFromAttributes({
      ...{
        'service.name': 'smart-wallet-gateway',
        'service.namespace': namespace,
        'service.instance.id': randomUUID(),
      },
    }),
    idGenerator: { generateSpanId: () => random.generateSpanId(), generateTraceId: () => ids.nextTraceId },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: sendTimeoutMs }),
        ...spanBatching,
      }),
    ],
  });
  const tracer: Tracer = provider.getTracer('smart-wallet');
  log.info({ url, ratio }, 'requests are traced');
  const stop = () => sendRest(provider);
  return new Traces(Object.assign(ids, { tracer, stop }), ratio);
}
