import type { Logger } from 'pino';

/** Something the gateway depends on. */
export interface Probe {
  name: string;
  /** Without it the gateway still answers, only slower. */
  optional: boolean;
  /** Throws. Only what a NotReadyError says is for everybody. */
  check(): Promise<void>;
}

/** Why it is not ready, in words that anybody may read: readiness is asked without a token. */
export class NotReadyError extends Error {}

export const probeTimeoutMs = 1_000;
/** Whoever asks again sooner hears the same: a flood of questions is a trickle to Postgres. */
export const readinessKeptMs = 250;

export interface Readiness {
  ready: boolean;
  status: 'ready' | 'degraded' | 'unready' | 'stopping';
  checks: Record<string, string>;
}

export class ReadinessCheck {
  readonly #probes: Probe[];
  readonly #log: Pick<Logger, 'warn'> | undefined;
  #asked: { at: number; results: Promise<Result[]> } | undefined;
  #failing = new Set<string>();
  stopping = false;

  constructor(probes: Probe[], log?: Pick<Logger, 'warn'>) {
    this.#probes = probes;
    this.#log = log;
  }

  async run(): Promise<Readiness> {
    if (this.#asked === undefined || performance.now() - this.#asked.at > readinessKeptMs) {
      this.#asked = { at: performance.now(), results: this.#ask() };
    }
    const results = await this.#asked.results;
    const failed = results.filter(([, problem]) => problem !== null);
    const ready = !this.stopping && failed.every(([probe]) => probe.optional);
    return {
      ready,
      status: this.stopping ? 'stopping' : !ready ? 'unready' : failed.length > 0 ? 'degraded' : 'ready',
      checks: Object.fromEntries(results.map(([probe, problem]) => [probe.name, problem ?? 'ok'])),
    };
  }

  async #ask(): Promise<Result[]> {
    const results = await Promise.all(
      this.#probes.map(
        async (probe): Promise<Result> => [probe, await problemOf(probe, (error) => this.#tell(probe, error))],
      ),
    );
    this.#failing = new Set(results.flatMap(([{ name }, problem]) => (problem === null ? [] : [name])));
    return results;
  }

  /** Once, until it answers again. */
  #tell({ name }: Probe, error: unknown): void {
    if (!this.#failing.has(name)) this.#log?.warn({ err: error, probe: name }, 'not ready: see what the probe says');
  }
}

type Result = readonly [Probe, problem: string | null];

async function problemOf(probe: Probe, tell: (error: unknown) => void): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, probeTimeoutMs, `no answer within ${probeTimeoutMs} ms`);
  });
  const check = probe.check().then(
    () => null,
    (error: unknown) => {
      if (error instanceof NotReadyError) return error.message;
      // Drivers name hosts, users and databases.
      tell(error);
      return 'does not answer';
    },
  );
  const problem = await Promise.race([check, timeout]);
  clearTimeout(timer);
  return problem;
}
