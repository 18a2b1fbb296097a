import { type AlertSeverity, type AlertType, alertThresholds } from '@smart-wallet/engine/contract/alerts.js';
import { plainNumber } from './rules/alert-rule.js';

/** What it is called, and what to do about it. */
const words: Readonly<Record<AlertType, { title: string; advice: string }>> = {
  FAILURE_RATE: {
    title: 'Payments fail',
    advice: 'Look at the failures by code in the console, and whose wallets they are. Call whoever sends them.',
  },
  LEDGER_INCONSISTENCY: {
    title: 'The ledger contradicts itself',
    advice:
      'Open the reconciliation report: it names wallets and transactions to the cent. Suspend the wallets concerned, repair nothing by hand, and call the engineers.',
  },
  REPEATED_DUPLICATES: {
    title: 'The same requests come again and again',
    advice:
      'No money moved twice. Find the caller that repeats itself in the gateways\u2019 logs: it does not read its answers.',
  },
  SYSTEM_ERRORS: {
    title: 'The platform answers with errors',
    advice:
      'Look at the wallboard for what is away (engine, Postgres, NATS), then at the logs of gateways and engines. Callers ask again with the same keys.',
  },
  PARTITION_WITHOUT_OWNER: {
    title: 'Wallets have no engine',
    advice: 'Start engines, or look why those that run claim nothing: Redis, NATS, Postgres, in this order.',
  },
  LATENCY: {
    title: 'Payments are slow',
    advice:
      'Look at what waits on the wallboard, then at Postgres: long transactions, disk, CPU. Fewer callers at once help sooner than more engines.',
  },
  RELAY_LAG: {
    title: 'Events are late',
    advice:
      'See whether RabbitMQ takes messages (disk and memory alarms, full queues), and whether a worker with the relay runs.',
  },
  DEAD_LETTERS: {
    title: 'Messages were given up',
    advice: 'Read their reasons in the console, mend what they say, then replay or delete them.',
  },
  WALLET_DRAIN: {
    title: 'A wallet empties unusually fast',
    advice: 'Ask its owner. If nobody knows of it, suspend the wallet: that stops what goes out at once.',
  },
  WEBHOOK_PAUSED: {
    title: 'A webhook endpoint is paused',
    advice: 'Call whoever runs it. Once it answers, make it ACTIVE again: what waits goes out, oldest first.',
  },
  QUEUE_LOST: {
    title: 'A queue of the broker was lost',
    advice:
      'Find out who deleted it, or whether RabbitMQ lost its data. The platform refills its own queues from the tables; subscribers see a hole in the sequence, and ask for a replay.',
  },
  EVALUATOR_SILENT: {
    title: 'Nobody judges alerts',
    advice: 'Start a worker with the part `alerts`, or read the logs of the one that runs: it says what keeps it.',
  },
};

export function alertTitle(type: AlertType): string {
  return words[type].title;
}

/** What is wrong, with its figure and threshold, and what to do: one paragraph. */
export function alertMessage(type: AlertType, says: string, threshold: number): string {
  const { title, advice } = words[type];
  const bound = `${plainNumber(threshold)} ${alertThresholds[type].unit}`;
  return `${title}: ${says} (threshold ${bound}). ${advice}`;
}

export interface AlertToMail {
  readonly alertId: string;
  readonly type: AlertType;
  readonly subject: string;
  readonly severity: AlertSeverity;
  readonly message: string;
  readonly value: number;
  readonly threshold: number;
  readonly createdAt: Date;
  readonly resolvedAt: Date | null;
}

export interface MailWords {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** @param consoleUrl where the console is; null: the mail has no link */
export function firingMail(alert: AlertToMail, consoleUrl: string | null): MailWords {
  return written(alert, `[${alert.severity}] ${alertTitle(alert.type)}`, alert.message, consoleUrl);
}

export function resolvedMail(alert: AlertToMail, consoleUrl: string | null): MailWords {
  const said = `It is over: this does not fire any more. What it said last: ${alert.message}`;
  return written(alert, `[RESOLVED] ${alertTitle(alert.type)}`, said, consoleUrl);
}

export function testMail(type: AlertType, by: string): MailWords {
  const said = `This is a test, asked for by ${by}: alerts of the type ${type} arrive here. Nothing is wrong, and nothing is to be done.`;
  return { subject: `[TEST] ${alertTitle(type)}`, text: `${said}\n`, html: `<p>${escaped(said)}</p>` };
}

function written(alert: AlertToMail, subject: string, said: string, consoleUrl: string | null): MailWords {
  const { alertId, type, severity, value, threshold, createdAt, resolvedAt } = alert;
  const { unit } = alertThresholds[type];
  const facts = [
    ['Type', type],
    ['About', alert.subject],
    ['Severity', severity],
    ['Value', `${plainNumber(value)} ${unit}`],
    ['Threshold', `${plainNumber(threshold)} ${unit}`],
    ['Since', utc(createdAt)],
    ...(resolvedAt ? [['Resolved', utc(resolvedAt)]] : []),
  ] as [string, string][];
  const link = consoleUrl && `${consoleUrl}/console/alerts/${alertId}`;
  return {
    subject,
    text: [
      ...[said, '', ...facts.map(([name, fact]) => `${name}: ${fact}`), ''],
      ...(link ? [`Look at it, and acknowledge it: ${link}`, ''] : []),
    ].join('\n'),
    html: [
      `<p>${escaped(said)}</p>`,
      `<table>${facts.map(([name, fact]) => `<tr><th align="left">${name}</th><td>${escaped(fact)}</td></tr>`).join('')}</table>`,
      ...(link ? [`<p><a href="${escaped(link)}">Look at it, and acknowledge it</a></p>`] : []),
    ].join('\n'),
  };
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (letter) => entities[letter] as string);
}
