import { boundFindings } from './bound-findings.js';
import { counterFindings } from './counter-findings.js';
import { heldFindings, holdFindings } from './hold-findings.js';
import { limitFindings } from './limit-findings.js';
import { refundFindings } from './refund-findings.js';
import { reversalFindings } from './reversal-findings.js';
import type { TableCheck } from './table-checks.js';

const changesOfLimits = `SELECT count(*) FROM ledger_batches, jsonb_array_elements(changes) AS change WHERE jsonb_typeof(change->'to') = 'object'`;

/** What holds, refunds and limits leave behind is computed again from the transactions in order. */
export const moneyChecks: readonly TableCheck[] = [
  {
    progress: 'holds',
    looked: `SELECT (SELECT count(*) FROM holds)
                    + (SELECT count(*) FROM transactions WHERE kind IN ('HOLD', 'CAPTURE', 'VOID', 'EXPIRY')) AS holds`,
    findings: holdFindings,
  },
  {
    progress: 'what wallets hold',
    looked: 'SELECT count(*) AS held FROM wallets',
    findings: heldFindings,
  },
  {
    progress: 'refunds and reversals',
    looked: `SELECT (SELECT count(*) FROM refund_totals)
                    + (SELECT count(*) FROM transactions WHERE kind::text IN ('REFUND', 'REVERSAL')) AS refunds`,
    findings: refundFindings,
  },
  {
    progress: 'reversals in the audit log',
    looked: `SELECT (SELECT count(*) FROM transactions WHERE kind::text = 'REVERSAL')
                    + (SELECT count(*) FROM audit_log WHERE action = 'TRANSACTION_REVERSED') AS "reversals-recorded"`,
    findings: reversalFindings,
  },
  {
    progress: 'limits',
    looked: `SELECT (SELECT count(*) FROM wallets) + (${changesOfLimits}) AS limits`,
    findings: limitFindings,
  },
  {
    progress: 'counters of the day',
    looked: 'SELECT count(*) AS "day-counters" FROM wallets',
    findings: counterFindings,
  },
  {
    progress: 'wallets with holds or changed limits, step by step',
    looked: `SELECT (${changesOfLimits}) AS "limits-kept"`,
    findings: boundFindings,
  },
];
