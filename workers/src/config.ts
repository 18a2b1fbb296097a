import { hostname } from 'node:os';
import { isSet, readVariables } from '@smart-wallet/engine/contract/environment.js';

/** The environment of the workers. Read here only, once, at the start. */
export interface Config {
  /** Postgres, as the role `wallet_workers`. */
  readonly databaseUrl: string;
  readonly databaseConnectionsMax: number;
  /** RabbitMQ. */
  readonly amqpUrl: string;
  /** Where mail is handed in. */
  readonly smtpUrl: string;
  /** Who mails are from. */
  readonly mailFrom: string;
  /** In the names of exchanges and queues: several platforms can share one RabbitMQ. */
  readonly namespace: string;
  /** Which parts run here; null: all. */
  readonly parts: readonly string[] | null;
  /** For people: logs and the list of workers. */
  readonly workerName: string;
  /** The API, for what is done to wallets, and the token for it; null: nothing is ever done to one. */
  readonly api: { readonly url: string; readonly token: string } | null;
  /** How often alerts are judged. */
  readonly alertEveryS: number;
  /** Where people open the console; null: mails have no links. */
  readonly consoleUrl: string | null;
  /** Wallets with a break in the ledger are suspended. */
  readonly reconciliationSuspends: boolean;
  /** Who writes summaries; null: they are the plain ones. */
  readonly model: ModelConfig | null;
  /** Webhooks may call addresses within private networks. */
  readonly webhooksMayBePrivate: boolean;
  /** WALLET_ENV=production: where money is real. */
  readonly production: boolean;
  /** ALLOW_PLAINTEXT=on: something else encrypts, or the network leads nowhere. */
  readonly plaintextAllowed: boolean;
  /** Where `/health/live`, `/health/ready` and `/metrics` are served; port 0: any free one, which the log tells. */
  readonly healthHost: string;
  readonly healthPort: number;
  readonly logLevel: string;
}

export interface ModelConfig {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly name: string;
  /** Read and written together. */
  readonly tokensPerDayMax: number;
  readonly tokensPerMonthMax: number;
}

/** Throws an error that names every bad variable. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const variables = readVariables(env, [
    ...([
      'WALLET_ENV',
      'ALLOW_PLAINTEXT',
      'DATABASE_URL',
      'AMQP_URL',
      'SMTP_URL',
      'WALLET_NAMESPACE',
      'LOG_LEVEL',
    ] as const),
    ...(['WORKER_PARTS', 'WORKER_NAME', 'WORKER_HEALTH_HOST', 'WORKER_HEALTH_PORT'] as const),
    ...(['WORKER_DATABASE_CONNECTIONS', 'ALERT_EVERY', 'CONSOLE_URL', 'GATEWAY_PUBLIC_URL'] as const),
    ...(['RECONCILIATION_SUSPEND', 'MAIL_FROM', 'WEBHOOK_ALLOW_PRIVATE'] as const),
    ...([
      'OPENAI_API_KEY',
      'OPENAI_BASE_URL',
      'OPENAI_MODEL',
      'MODEL_TOKENS_PER_DAY',
      'MODEL_TOKENS_PER_MONTH',
    ] as const),
    ...(isSet(env, 'GATEWAY_URL') ? (['GATEWAY_URL', 'WORKER_TOKEN'] as const) : []),
  ]);
  const { GATEWAY_URL: url, WORKER_TOKEN: token } = variables;
  return Object.freeze({
    databaseUrl: variables.DATABASE_URL,
    databaseConnectionsMax: Number(variables.WORKER_DATABASE_CONNECTIONS),
    amqpUrl: variables.AMQP_URL,
    smtpUrl: variables.SMTP_URL,
    mailFrom: variables.MAIL_FROM,
    namespace: variables.WALLET_NAMESPACE,
    parts: variables.WORKER_PARTS === 'all' ? null : variables.WORKER_PARTS.split(','),
    // In containers all have the same pid, and each a host of its own.
    workerName: variables.WORKER_NAME ?? `workers-${hostname().slice(0, 40)}-${process.pid}`,
    api: url && token ? { url, token } : null,
    alertEveryS: secondsOf(variables.ALERT_EVERY),
    consoleUrl: (variables.CONSOLE_URL ?? variables.GATEWAY_PUBLIC_URL ?? url ?? null)?.replace(/\/+$/, '') ?? null,
    reconciliationSuspends: variables.RECONCILIATION_SUSPEND === 'on',
    model: variables.OPENAI_API_KEY
      ? {
          apiKey: variables.OPENAI_API_KEY,
          baseUrl: variables.OPENAI_BASE_URL,
          name: variables.OPENAI_MODEL,
          tokensPerDayMax: Number(variables.MODEL_TOKENS_PER_DAY),
          tokensPerMonthMax: Number(variables.MODEL_TOKENS_PER_MONTH),
        }
      : null,
    webhooksMayBePrivate: variables.WEBHOOK_ALLOW_PRIVATE === 'on',
    production: variables.WALLET_ENV === 'production',
    plaintextAllowed: variables.ALLOW_PLAINTEXT === 'on',
    healthHost: variables.WORKER_HEALTH_HOST,
    healthPort: Number(variables.WORKER_HEALTH_PORT),
    logLevel: variables.LOG_LEVEL,
  });
}

/** `20s`, `20` or `5m`. */
function secondsOf(time: string): number {
  const number = Number.parseInt(time, 10);
  return time.endsWith('m') ? 60 * number : number;
}
