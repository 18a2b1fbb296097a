import { hash } from 'node:crypto';
import type pg from 'pg';
import { sameAmount } from './canonical.js';
import type { Findings } from './report.js';

/** Limits that a caller asked for and was told of: that they are the wallet's (failureCode null), or why they are not. */
export interface AcknowledgedLimits {
  walletId: string;
  /** What was asked for, not what is shown: another change may have come between. Decimal strings; null: no credit, no bound. */
  limits: Record<'creditLimit' | 'perPayment' | 'dailyOut' | 'dailyIn', string | null>;
  failureCode: string | null;
  caller: string;
  idempotencyKey: string;
}

/** The change that the key names says the same. */
export async function checkLimits(client: pg.Client, answers: AcknowledgedLimits[], findings: Findings): Promise<void> {
  const digests = answers.map(({ caller, idempotencyKey }) =>
    hash('sha256', `${caller}\0${idempotencyKey}`, 'hex').slice(0, 32),
  );
  const { rows } = await client.query(
    `SELECT replace(k.key_digest::text, '-', '') AS digest, a.subject, a.detail
       FROM idempotency_keys k JOIN audit_log a ON a.change_id = k.outcome_id
      WHERE k.key_digest = ANY ($1::uuid[]) AND k.outcome_kind = 'CHANGE' AND a.action IN ('LIMITS_CHANGED', 'LIMITS_REFUSED')`,
    [digests],
  );
  const recorded = new Map(rows.map((row) => [row.digest, row]));
  for (const [i, answer] of answers.entries()) {
    const row = recorded.get(digests[i] as string);
    const what = `the change of limits of wallet ${answer.walletId} under key ${answer.idempotencyKey}`;
    if (!row) {
      findings.found('acknowledged', `${what} is not in the ledger`);
      continue;
    }
    const { to, refused } = row.detail;
    const code = refused?.code ?? null;
    if (row.subject !== answer.walletId) findings.found('acknowledged', `${what} is recorded of wallet ${row.subject}`);
    if (code !== answer.failureCode) {
      findings.found(
        'acknowledged',
        `${what} was told as ${answer.failureCode ?? 'made'}, recorded as ${code ?? 'made'}`,
      );
    }
    if (code !== null) continue;
    for (const [name, asked] of Object.entries(answer.limits)) {
      const found: string | null =
        to[name] === null || (name === 'creditLimit' && to[name] === '0') ? null : decimal(to[name]);
      const told = name === 'creditLimit' && asked !== null && Number(asked) === 0 ? null : asked;
      if (told === null || found === null ? told !== found : !sameAmount(told, found)) {
        findings.found('acknowledged', `${what}: ${name} was told as ${asked}, recorded as ${found}`);
      }
    }
  }
}

/** `"125000"` is `"12.5000"`. */
function decimal(digits: string): string {
  const padded = digits.padStart(5, '0');
  return `${padded.slice(0, -4)}.${padded.slice(-4)}`;
}
