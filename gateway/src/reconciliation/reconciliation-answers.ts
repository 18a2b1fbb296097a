import { z } from 'zod';
import { countAnswer, currencyAnswer, idAnswer, named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import { modes } from './reconciliation-requests.js';

const checks = [
  ...['BALANCE', 'HELD', 'PAIR', 'BALANCE_CHAIN', 'ENTRY_NUMBERS', 'CURRENCY_SUM', 'REFUNDS', 'COUNTERS'],
  ...[
    'BATCH_FIGURES',
    'BATCH_DIGEST',
    'MERKLE_ROOT',
    'HASH_CHAIN',
    'CHAIN_TAIL',
    'MISSING_TRANSACTION',
    'MISSING_WALLET',
  ],
];

export const findingAnswer = named(
  'Finding',
  z.object({
    findingId: idAnswer,
    check: z
      .enum(checks as [string, ...string[]])
      .meta({ description: 'What does not hold: see `workers/RECONCILIATION.md`.' }),
    severity: z.enum(['CRITICAL', 'WARNING', 'INFO']),
    walletId: idAnswer.nullable(),
    transactionId: idAnswer.nullable(),
    engineId: idAnswer.nullable(),
    batchSeq: countAnswer.nullable(),
    what: z.string().meta({ description: 'What of it: a column, an entry, a figure.', example: 'balance' }),
    currency: currencyAnswer.nullable().meta({ description: 'Of expected, found and delta; null: they are no money.' }),
    expected: z.string().nullable().meta({ description: 'A decimal string, a hash in hex, an id; null: nothing.' }),
    found: z.string().nullable(),
    delta: z
      .string()
      .nullable()
      .meta({ description: 'found − expected; null of what is not counted.', example: '-12.50' }),
    status: z
      .enum(['OPEN', 'EXPLAINED', 'CLOSED'])
      .meta({ description: 'CLOSED: a later run did not find it any more.' }),
    note: z.string().nullable(),
    explainedBy: z.string().nullable(),
    firstSeenAt: timeAnswer,
    lastSeenAt: timeAnswer,
    closedAt: timeAnswer.nullable(),
  }),
);

const runFields = {
  runId: idAnswer,
  mode: z.enum(modes),
  status: z.enum(['RUNNING', 'CLEAN', 'BREAKS', 'FAILED']).meta({
    description:
      'CLEAN: nothing was found but what is explained. BREAKS: something is open. RUNNING: also while it waits for a worker.',
  }),
  requestedBy: z.string(),
  requestedAt: timeAnswer,
  startedAt: timeAnswer.nullable(),
  finishedAt: timeAnswer.nullable(),
  progress: z.number().min(0).max(1).meta({ description: 'From 0 to 1, as far as known.' }),
  phase: z.string().nullable().meta({ description: 'What it is at.', example: 'wallets' }),
  checked: z.object({ wallets: countAnswer, transactions: countAnswer, batches: countAnswer }),
  unlisted: countAnswer.meta({ description: 'How many breaks were found beyond those that are listed.' }),
  error: z.string().nullable(),
};

const run = named('ReconciliationRun', z.object(runFields));
export const runListAnswer = named('ReconciliationRunList', pageAnswer(run));

export const reportAnswer = named(
  'ReconciliationReport',
  z.object({ ...runFields, findings: z.array(findingAnswer), nextCursor: z.string().nullable() }),
);

export const newRunAnswer = named('ReconciliationRequested', z.object({ runId: idAnswer }));
