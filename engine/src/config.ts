/** The environment of an engine. Read here only, once, at the start. */
export interface EngineConfig {
  /** Postgres, as the role `wallet_engine`. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly natsUrl: string;
  /** Prefix of NATS subjects and Redis keys. */
  readonly namespace: string;
  /** For people: logs and the wallboard. */
  readonly workerName: string;
  readonly logLevel: string;
  /** Off: batches are not told over NATS, and no live stream shows them before their second closes. */
  readonly liveStream: boolean;
  /** Where `/health/live`, `/health/ready` and `/metrics` are served; port 0: any free one, which the log tells. */
  readonly healthHost: string;
  readonly healthPort: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Throws an error that names the variable and what is wrong with it. */
export function readConfig(env: NodeJS.ProcessEnv): EngineConfig {
  return Object.freeze({
    databaseUrl: url(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: url(env, 'REDIS_URL', ['redis:', 'rediss:']),
    natsUrl: url(env, 'NATS_URL', ['nats:', 'tls:']),
    namespace: matching(env, 'WALLET_NAMESPACE', /^[a-z0-9_-]{1,40}$/, 'wallet', 'lower-case letters, digits, - and _'),
    workerName: matching(env, 'ENGINE_NAME', /^[\w.-]{1,60}$/, `engine-${process.pid}`, 'letters, digits, . - and _'),
    logLevel: matching(env, 'LOG_LEVEL', new RegExp(`^(${logLevels.join('|')})$`), 'info', logLevels.join(', ')),
    liveStream: matching(env, 'LIVE_STREAM', /^(on|off)$/, 'on', 'on or off') === 'on',
    healthHost: matching(env, 'ENGINE_HEALTH_HOST', /^[\w.:-]{1,255}$/, '127.0.0.1', 'a host name or an address'),
    healthPort: port(env, 'ENGINE_HEALTH_PORT'),
  });
}

function url(env: NodeJS.ProcessEnv, name: string, protocols: string[]): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: give a URL that begins with ${protocols[0]}//`);
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    throw new Error(`${name} is not a URL that begins with ${protocols[0]}//`);
  }
  return value;
}

function port(env: NodeJS.ProcessEnv, name: string): number {
  const value = env[name] || '0';
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new Error(`${name} is "${value}"; it may hold 0 to 65535`);
  return Number(value);
}

function matching(env: NodeJS.ProcessEnv, name: string, pattern: RegExp, byDefault: string, allowed: string): string {
  const value = env[name] || byDefault;
  if (!pattern.test(value)) throw new Error(`${name} is "${value}"; it may hold ${allowed}`);
  return value;
}
