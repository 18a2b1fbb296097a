import { failureCategories } from '@smart-wallet/engine/contract/rejection.js';
import { walletStatuses } from '@smart-wallet/engine/contract/wallet.js';
import { problemKinds } from '../http/problem-catalogue.js';
import { transactionKinds } from '../transactions/list-transactions.js';
import { component, type ReferenceObject, type SchemaObject } from './schemas.js';

type Properties = Record<string, SchemaObject | ReferenceObject>;

/** An object whose fields are all there, but for the optional ones. */
function object(properties: Properties, optional: Properties = {}): SchemaObject {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } };
}

const text: SchemaObject = { type: 'string' };
const uuid: SchemaObject = { type: 'string', format: 'uuid' };
const time: SchemaObject = { type: 'string', format: 'date-time' };
const whole: SchemaObject = { type: 'integer', minimum: 0 };
const currency: SchemaObject = { type: 'string', pattern: '^[A-Z]{3}$', example: 'EUR' };
const money: SchemaObject = {
  type: 'string',
  pattern: '^-?\\d+(\\.\\d+)?$',
  description: 'A decimal string with exactly the decimals of the currency.',
  example: '12.50',
};
const metadata: SchemaObject = { type: 'object', additionalProperties: true, nullable: true };
const oneOf = (values: readonly string[]): SchemaObject => ({ type: 'string', enum: [...values] });
const nullable = (schema: SchemaObject): SchemaObject => ({
  ...schema,
  nullable: true,
  ...(schema.enum ? { enum: [...schema.enum, null] } : {}),
});
const listOf = (name: string): SchemaObject => ({ type: 'array', items: component(name) });
const page = (name: string): SchemaObject =>
  object({
    items: listOf(name),
    nextCursor: nullable({ type: 'string', description: 'The `cursor` of the next page; null on the last one.' }),
  });

const replayed: SchemaObject = {
  type: 'boolean',
  enum: [true],
  description: 'There only when the key was answered before: this is the first answer again.',
};
const batchStatus = (description: string): SchemaObject => ({ type: 'integer', description });
const batchSuccess = object({ status: { type: 'integer', enum: [201] }, transaction: component('Transaction') });
const batchProblem = object({
  status: batchStatus('The status that the payment alone would have had.'),
  problem: component('Problem'),
});

const problem = object(
  {
    type: { type: 'string', example: 'urn:smart-wallet:problem:insufficient-funds' },
    title: text,
    status: { type: 'integer' },
    code: component('ProblemCode'),
    detail: { type: 'string', description: 'What happened this time, and what to do.' },
    traceId: {
      type: 'string',
      pattern: '^[0-9a-f]{32}$',
      description: 'The request\u2019s own, as in its `Trace-Id` header. A replayed refusal differs in it alone.',
    },
  },
  {
    errors: { ...listOf('FieldError'), description: 'Of a request that is not valid.' },
    transactionId: { ...uuid, description: 'The FAILED transaction that records the refusal.' },
  },
);

/** What answers look like. Written by hand, as the answers are; a test compares the two. */
export const answerSchemas: Record<string, SchemaObject> = {
  Wallet: object({
    walletId: uuid,
    userId: nullable(uuid),
    kind: oneOf(['USER', 'FUNDING']),
    currency,
    status: oneOf(walletStatuses),
    balance: money,
    held: money,
    available: { ...money, description: '`balance` less `held`.' },
    version: { ...whole, description: 'Grows with each change.' },
    metadata,
    createdAt: time,
    updatedAt: time,
  }),
  WalletList: page('Wallet'),
  Balance: object({
    walletId: uuid,
    currency,
    balance: money,
    held: money,
    available: { ...money, description: '`balance` less `held`.' },
    version: whole,
    asOf: time,
  }),
  Transaction: object({
    transactionId: uuid,
    kind: oneOf(transactionKinds),
    status: oneOf(['SUCCESS', 'FAILED']),
    senderWalletId: uuid,
    receiverWalletId: uuid,
    amount: money,
    currency,
    failureCode: nullable(oneOf(Object.keys(failureCategories))),
    failureReason: nullable(text),
    reference: nullable(text),
    description: nullable(text),
    metadata,
    parentTransactionId: nullable(uuid),
    partition: whole,
    batchSeq: whole,
    initiatedAt: { ...time, description: 'The gateway accepted it.' },
    processingAt: { ...time, description: 'The engine began with it.' },
    createdAt: { ...time, description: 'It was committed.' },
  }),
  TransactionList: page('Transaction'),
  PaymentsByKey: object(
    { items: listOf('Transaction') },
    {
      finalAfter: {
        ...time,
        description:
          'There only when `items` is empty: a request sent before this one can still be recorded until then. Empty after it means never.',
      },
    },
  ),
  Entries: object({ entries: listOf('Entry') }),
  Entry: object({
    entryId: uuid,
    walletId: uuid,
    entryType: oneOf(['DEBIT', 'CREDIT']),
    amount: money,
    currency,
    balanceAfter: money,
    entryNo: { ...whole, description: 'Counts the wallet\u2019s entries, without holes.' },
    createdAt: time,
  }),
  BatchResults: object({
    results: {
      type: 'array',
      description: 'One for each payment, in the order of the request.',
      items: {
        oneOf: [
          { ...batchSuccess, properties: { ...batchSuccess.properties, replayed } },
          { ...batchProblem, properties: { ...batchProblem.properties, replayed } },
        ],
      },
    },
  }),
  AtomicBatchResults: object({
    results: { type: 'array', description: 'In the order of the request.', items: batchSuccess },
  }),
  AtomicBatchRefused: {
    allOf: [
      component('Problem'),
      {
        type: 'object',
        properties: {
          results: {
            type: 'array',
            description: 'With `BATCH_REFUSED`: every payment\u2019s own problem, in the order of the request.',
            items: batchProblem,
          },
        },
      },
    ],
  },
  Problem: problem,
  ProblemCode: {
    type: 'string',
    enum: Object.keys(problemKinds),
    description: problemTable(),
  },
  FieldError: object({
    field: { type: 'string', description: 'A path in the body, a query parameter or a header.', example: 'amount' },
    rule: { type: 'string', example: 'AMOUNT_DECIMALS' },
    message: { type: 'string', example: 'has more decimals than the currency' },
  }),
  Token: object({
    token: { type: 'string', description: 'For the `Authorization` header or the handshake of the live stream.' },
    role: oneOf(['display']),
    expiresAt: time,
  }),
  Live: object({ status: oneOf(['live']) }),
  Readiness: object({
    status: oneOf(['ready', 'degraded', 'unready', 'stopping']),
    checks: { type: 'object', additionalProperties: { type: 'string' }, description: '`ok`, or what is wrong.' },
  }),
};

/** Every code with its status. */
export function problemTable(): string {
  const rows = Object.entries(problemKinds).map(([code, { status, title }]) => `| ${code} | ${status} | ${title} |`);
  return ['| code | status | |', '|---|---|---|', ...rows].join('\n');
}
