/** What an engine needs to make payments. Redis is not among it: without it owners go on. */
export interface ReadinessSigns {
  /** It has a row in Postgres and its parts run. */
  readonly started: boolean;
  /** It hands its partitions over. */
  readonly stopping: boolean;
  readonly databaseAnswers: boolean;
  readonly natsConnected: boolean;
  readonly redisConnected: boolean;
}

export interface Readiness {
  readonly ready: boolean;
  readonly status: 'ready' | 'degraded' | 'unready' | 'starting' | 'stopping';
  readonly checks: Readonly<Record<'database' | 'nats' | 'redis', string>>;
}

export function readinessOf(signs: ReadinessSigns): Readiness {
  const { started, stopping, databaseAnswers, natsConnected, redisConnected } = signs;
  const ready = started && !stopping && databaseAnswers && natsConnected;
  const checks = {
    database: databaseAnswers ? 'ok' : 'no answer',
    nats: natsConnected ? 'ok' : 'not connected',
    redis: redisConnected ? 'ok' : 'not connected: partitions stay where they are',
  };
  return { ready, status: statusOf(signs, ready), checks };
}

function statusOf({ started, stopping, redisConnected }: ReadinessSigns, ready: boolean): Readiness['status'] {
  if (stopping) return 'stopping';
  if (!started) return 'starting';
  if (!ready) return 'unready';
  return redisConnected ? 'ready' : 'degraded';
}
