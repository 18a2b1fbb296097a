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
export class NotReadyError extends Error {
  /** Only for some callers: for the others it is ready. */
  readonly partly: boolean;

  constructor(message: string, { partly = false } = {}) {
    super(message);
    this.partly = partly;
  }
}

export const probeTimeoutMs = 1_000;
/** Whoever asks again sooner hears the same: a flood of questions is a trickle to Postgres. */
export const readinessKeptMs = 250;

export interface Readiness {
  /** All that is not optional is there. */
  ready: boolean;
  /**
   * Requests may be sent here: it has found its servers once, and does not stop. What it loses later, most often all gateways lose: who
   * took them away for it would take the API away, with the answers that say what is wrong, and the callers that lack nothing. One that
   * is cut off alone says so in `wallet_gateway_connected`, which an alert reads.
   */
  takesTraffic: boolean;
  status: 'ready' | 'degraded' | 'unready' | 'stopping';
  checks: Record<string, string>;
}

export class ReadinessCheck {
  readonly #probes: Probe[];
  readonly #log: Pick<Logger, 'warn'> | undefined;
  #asked: { at: number; results: Promise<Result[]> } | undefined;
  #failing = new Set<string>();
  #started = false;
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
    this.#started ||= failed.every(([probe, problem]) => probe.optional || problem?.partly);
    return {
      ready,
      takesTraffic: this.#started && !this.stopping,
      status: this.stopping ? 'stopping' : !ready ? 'unready' : failed.length > 0 ? 'degraded' : 'ready',
      checks: Object.fromEntries(results.map(([probe, problem]) => [probe.name, problem?.says ?? 'ok'])),
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

type Problem = { says: string; partly: boolean };
type Result = readonly [Probe, problem: Problem | null];

async function problemOf(probe: Probe, tell: (error: unknown) => void): Promise<Problem | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Problem>((resolve) => {
    timer = setTimeout(resolve, probeTimeoutMs, whole(`no answer within ${probeTimeoutMs} ms`));
  });
  const check = probe.check().then(
    () => null,
    (error: unknown) => {
      if (error instanceof NotReadyError) return { says: error.message, partly: error.partly };
      // Drivers name hosts, users and databases.
      tell(error);
      return whole('does not answer');
    },
  );
  const problem = await Promise.race([check, timeout]);
  clearTimeout(timer);
  return problem;
}

function whole(says: string): Problem {
  return { says, partly: false };
}
