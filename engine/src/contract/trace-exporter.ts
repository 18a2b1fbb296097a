/** Where spans go: a collector that speaks OTLP over HTTP. */
export interface TraceExporter {
  readonly url: string;
  /** Such as who may send. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface TracingVariables {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string | undefined;
  readonly OTEL_EXPORTER_OTLP_HEADERS: string | undefined;
}

/** By OpenTelemetry's variables. null: nothing is traced. */
export function traceExporterOf(variables: TracingVariables): TraceExporter | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers = '' } = variables;
  if (endpoint === undefined) return null;
  const pairs = headers.split(',').filter(Boolean);
  return { url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, headers: Object.fromEntries(pairs.map(pairOf)) };
}

/** `key=value`, both percent-encoded. */
function pairOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [decoded(pair.slice(0, at).trim()), decoded(pair.slice(at + 1).trim())];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
