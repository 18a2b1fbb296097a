import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createWallets } from '@smart-wallet/loadtest/faults/create-wallets.js';
import type pg from 'pg';

interface Operation {
  readonly operationId: string;
  readonly security: readonly { bearer: readonly string[] }[];
}

const { paths } = JSON.parse(readFileSync(new URL('../../../gateway/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};

const operations = Object.values(paths).flatMap((path) =>
  Object.entries(path).map(([method, one]) => ({ method, ...one })),
);

/** An act that a page offers, and who may do it as the description of the API says. */
export interface Offer {
  readonly label: string;
  readonly operationId: string;
  readonly roles: readonly string[];
}

export interface Place {
  readonly path: string;
  /** Is there once the page knows what it offers. */
  readonly settled: string | RegExp;
  readonly acts: readonly Offer[];
}

interface On {
  readonly gatewayUrl: string;
  readonly token: string;
  readonly database: pg.Pool;
}

/** Pages with something of each kind on them, and what they offer. */
export async function placesOf({ gatewayUrl, token, database }: On): Promise<Place[]> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(`${gatewayUrl}/api${path}`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const [payer, shop] = (await createWallets(gatewayUrl, token, 2, '50.00')) as [string, string];
  const money = { amount: '5.00', currency: 'EUR' };
  const { transactionId } = await ask('/payments', { senderWalletId: payer, receiverWalletId: shop, ...money });
  const { holdId } = await ask('/holds', { walletId: payer, receiverWalletId: shop, ...money });
  const { webhookId } = await ask('/webhooks', { url: 'https://shop.example.com/', eventTypes: ['*'] });
  const { deliveryId } = await ask(`/webhooks/${webhookId}/test`, {});
  const { userId } = await ask('/users', {
    ...{ email: `${randomUUID()}@example.com`, name: 'Somebody Else', role: 'viewer' },
    password: randomUUID(),
  });
  await ask('/auth/token', { role: 'display' });
  const alertId = randomUUID();
  await database.query(
    `INSERT INTO alerts (alert_id, alert_type, subject, severity, status, recipients, message, details, value, threshold, created_at, updated_at)
     VALUES ($1, 'RELAY_LAG', $2, 'WARNING', 'SENT', '{}', 'Events are late.', '{}', 1, 1, now(), now())`,
    [alertId, `test ${alertId}`],
  );
  await database.query(
    `INSERT INTO dead_letters (dead_letter_id, queue, reason, attempts, first_failed_at, payload, payload_bytes, headers)
     VALUES (gen_random_uuid(), 'mail.v1', 'delivery_limit', 5, clock_timestamp(), '{}', 2, '{}')`,
  );
  await database.query(
    `INSERT INTO job_schedules (job, cron, time_zone, next_due_at) VALUES ('digests', '0 0 * * *', 'UTC', clock_timestamp())
       ON CONFLICT DO NOTHING`,
  );
  return [
    place('/wallets', 'Wallets', { 'New wallet': 'createWallet' }),
    place(`/wallets/${payer}`, 'Deposit', {
      ...{ Pay: 'createPayment', Hold: 'createHold', Deposit: 'deposit', Withdraw: 'withdraw' },
      ...{ Suspend: 'changeWalletStatus', Close: 'changeWalletStatus' },
    }),
    place(`/transactions/${transactionId}`, 'Refund', { Refund: 'refundPayment', Reverse: 'reverseTransaction' }),
    place(`/holds/${holdId}`, 'Capture', { Capture: 'captureHold', Void: 'voidHold' }),
    place(`/alerts/${alertId}`, 'Acknowledge', { Acknowledge: 'acknowledgeAlert' }),
    place('/reconciliation', 'Check everything', {
      ...{ 'Check what is new': 'requestReconciliation', 'Check everything': 'requestReconciliation' },
    }),
    place('/dead-letters', 'Throw away', { 'Try again': 'replayDeadLetter', 'Throw away': 'deleteDeadLetter' }),
    place('/webhooks', 'Webhooks', { 'New webhook': 'createWebhook' }),
    place(`/webhooks/${webhookId}`, 'Send a test event', {
      ...{ 'Send a test event': 'testWebhook', Replay: 'replayWebhook', Pause: 'changeWebhook' },
      ...{ Disable: 'changeWebhook', Edit: 'changeWebhook', 'New secret': 'rotateWebhookSecret' },
      Delete: 'deleteWebhook',
    }),
    place(`/webhooks/${webhookId}/deliveries/${deliveryId}`, 'Send again', { 'Send again': 'resendWebhookDelivery' }),
    place('/users', 'New user', { 'New user': 'createUser' }),
    place(`/users/${userId}`, 'Set a password', {
      ...{ 'Change the role': 'changeUser', Disable: 'changeUser', 'Set a password': 'changeUser' },
    }),
    place('/tokens', 'Withdraw', { 'New token': 'mintToken', Withdraw: 'revokeToken' }),
    place('/system', 'Run now', { 'Run now': 'runJob' }),
    place('/account', 'Here', { 'Change your password': 'changePassword', 'Sign out everywhere': 'signOutEverywhere' }),
  ];
}

/** What is done elsewhere: by programs alone, on pages with tests of their own, or by the session itself. */
const elsewhere = new Set([
  ...['changeWallet', 'createPaymentBatch', 'replayEvents', 'signIn', 'signOut', 'refreshSession'],
  ...['approveApproval', 'rejectApproval', 'explainFinding', 'replaceLimits', 'configureAlert', 'testAlert'],
  ...['replaceDigestRecipients', 'sendDigest', 'requestSummary', 'saveView', 'deleteView'],
]);

/** Acts of the API that no page offers, and nobody said why. */
export function unoffered(places: readonly Place[]): string[] {
  const offered = new Set(places.flatMap(({ acts }) => acts.map(({ operationId }) => operationId)));
  return operations
    .filter(({ method, operationId }) => method !== 'get' && !offered.has(operationId) && !elsewhere.has(operationId))
    .map(({ operationId }) => operationId);
}

function place(path: string, settled: string | RegExp, acts: Readonly<Record<string, string>>): Place {
  return {
    ...{ path, settled },
    acts: Object.entries(acts).map(([label, operationId]) => ({ label, operationId, roles: rolesOf(operationId) })),
  };
}

function rolesOf(operationId: string): readonly string[] {
  const operation = operations.find((one) => one.operationId === operationId);
  if (!operation) throw new Error(`there is no operation ${operationId}`);
  return operation.security[0]?.bearer ?? [];
}
