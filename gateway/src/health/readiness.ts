/** Something the gateway depends on. */
export interface Probe {
  name: string;
  /** Without it the gateway still answers, only slower. */
  optional: boolean;
  /** Throws, with a message an operator can use. */
  check(): Promise<void>;
}

export const probeTimeoutMs = 1_000;

export interface Readiness {
  ready: boolean;
  status: 'ready' | 'degraded' | 'unready' | 'stopping';
  checks: Record<string, string>;
}

export class ReadinessCheck {
  readonly #probes: Probe[];
  stopping = false;

  constructor(probes: Probe[]) {
    this.#probes = probes;
  }

  async run(): Promise<Readiness> {
    const results = await Promise.all(this.#probes.map(async (probe) => [probe, await problemOf(probe)] as const));
    const failed = results.filter(([, problem]) => problem !== null);
    const ready = !this.stopping && failed.every(([probe]) => probe.optional);
    return {
      ready,
      status: this.stopping ? 'stopping' : !ready ? 'unready' : failed.length > 0 ? 'degraded' : 'ready',
      checks: Object.fromEntries(results.map(([probe, problem]) => [probe.name, problem ?? 'ok'])),
    };
  }
}

async function problemOf(probe: Probe): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, probeTimeoutMs, `no answer within ${probeTimeoutMs} ms`);
  });
  const check = probe.check().then(
    () => null,
    (error: unknown) =>
      (error instanceof Error && error.message) || String((error as { code?: unknown } | null)?.code ?? 'failed'),
  );
  const problem = await Promise.race([check, timeout]);
  clearTimeout(timer);
  return problem;
}
