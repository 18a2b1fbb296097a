/**
 * The examples of the description, in an order in which they can be asked of an empty platform. A new operation gets a step
 * here; `npm test -- gateway/src/docs/examples -u` asks them all and writes down what is answered.
 */
export interface Step {
  operationId: string;
  /** Of the example, in the page's list of them. */
  title: string;
  /** Of the path's `{id}`. */
  id?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: object;
  /** Who asks, if not the development token: a person who signed in, by access token, or whoever did so last, by cookie. */
  as?: 'eve' | 'max' | 'cookie';
  /** Keeps a field of the answer for later steps. */
  keep?: readonly [field: string, as: string];
}

export const ann = 'a11a0000-0000-4000-8000-000000000001';
/** An alert and two dead letters, which no call makes. */
export const alertOfExamples = '019c1408-aaaa-7000-8000-000000000001';
export const deadLettersOfExamples = [
  '019c1408-bbbb-7000-8000-000000000001',
  '019c1408-bbbb-7000-8000-000000000002',
] as const;
/** Of a webhook that no call makes. */
export const deliveryOfExamples = '019c1408-cccc-7000-8000-000000000002';
/** Workers would have mailed it. */
export const digestOfExamples = '019c1408-dddd-7000-8000-000000000001';
export const viewOfExamples = '5a7ed000-0000-4000-8000-000000000001';
/** Workers would have found it. */
export const findingOfExamples = 'f1d00000-0000-4000-8000-000000000003';
export const bob = 'b0b00000-0000-4000-8000-000000000002';

const key = (text: string) => ({ 'idempotency-key': text });
const money = (amount: string) => ({ amount, currency: 'EUR' });
const payment = { senderWalletId: ann, receiverWalletId: bob, ...money('12.50'), reference: 'invoice 7' };
const period = { from: '2026-01-01', to: '2100-01-01' };

const password = 'correct horse battery staple';

/** `kept`: what earlier steps kept. */
export const story: readonly (Step | ((kept: Readonly<Record<string, string>>) => Step))[] = [
  { operationId: 'checkReadiness', title: 'Ready' },
  { operationId: 'checkLiveness', title: 'It runs' },

  {
    ...{ operationId: 'createWallet', title: 'Ann\u2019s, with an id of the caller\u2019s own' },
    body: { walletId: ann, currency: 'EUR', status: 'ACTIVE', metadata: { name: 'Ann' } },
  },
  {
    operationId: 'createWallet',
    title: 'The same again',
    body: { walletId: ann, currency: 'EUR', status: 'ACTIVE', metadata: { name: 'Ann' } },
  },
  { operationId: 'createWallet', title: 'Bob\u2019s', body: { walletId: bob, currency: 'EUR', status: 'ACTIVE' } },
  { operationId: 'createWallet', title: 'A currency that is none', body: { currency: 'EURO' } },
  {
    operationId: 'deposit',
    title: 'A top-up',
    id: ann,
    headers: key('top-up-1'),
    body: { ...money('200.00'), reference: 'card 4711' },
  },

  {
    operationId: 'createPayment',
    title: 'A payment',
    headers: key('order-1001'),
    body: payment,
    keep: ['transactionId', 'payment'],
  },
  { operationId: 'createPayment', title: 'The same key again', headers: key('order-1001'), body: payment },
  {
    operationId: 'createPayment',
    title: 'More than there is',
    headers: key('order-1002'),
    body: { ...payment, amount: '5000.00' },
  },
  {
    operationId: 'createPayment',
    title: 'A number for an amount',
    headers: key('order-1003'),
    body: { ...payment, amount: 12.5 },
  },
  ({ payment: id }) => ({ operationId: 'getPayment', title: 'It has not been refunded', id: id as string }),
  { operationId: 'findPaymentsByKey', title: 'A key that made a payment', query: { idempotencyKey: 'order-1001' } },
  { operationId: 'findPaymentsByKey', title: 'A key that was not sent yet', query: { idempotencyKey: 'order-9999' } },
  {
    ...{ operationId: 'createPaymentBatch', title: 'Each for itself' },
    body: {
      payments: [
        { idempotencyKey: 'wages-1', ...payment, amount: '5.00', reference: 'wages' },
        { idempotencyKey: 'wages-2', ...payment, amount: '9000.00', reference: 'wages' },
      ],
    },
  },
  {
    ...{ operationId: 'createPaymentBatch', title: 'All or none', headers: key('wages-2026-01') },
    body: {
      atomic: true,
      payments: [
        { ...payment, amount: '5.00', reference: 'wages' },
        { ...payment, amount: '6.00', reference: 'wages' },
      ],
    },
  },

  {
    ...{ operationId: 'createHold', title: 'Money set apart', headers: key('cart-1'), keep: ['holdId', 'hold'] },
    body: { walletId: ann, receiverWalletId: bob, ...money('30.00') },
  },
  ({ hold }) => ({
    operationId: 'captureHold',
    title: 'A part, and the rest is free again',
    id: hold as string,
    headers: key('cart-1-sent'),
    body: { amount: '12.00', final: true },
  }),
  ({ hold }) => ({ operationId: 'getHold', title: 'It is captured', id: hold as string }),
  {
    ...{ operationId: 'createHold', title: 'One more', headers: key('cart-2'), keep: ['holdId', 'hold'] },
    body: { walletId: ann, receiverWalletId: bob, ...money('8.00') },
  },
  ({ hold }) => ({
    operationId: 'voidHold',
    title: 'Given up',
    id: hold as string,
    headers: key('cart-2-void'),
    body: {},
  }),
  { operationId: 'listHolds', title: 'Ann\u2019s newest', query: { walletId: ann, limit: '1' } },

  ({ payment: id }) => ({
    operationId: 'refundPayment',
    title: 'A part',
    id: id as string,
    headers: key('order-1001-refund'),
    body: { amount: '2.50', reason: 'one was missing' },
  }),
  ({ payment: id }) => ({
    operationId: 'reverseTransaction',
    title: 'What is left of it',
    id: id as string,
    headers: key('order-1001-reversal'),
    body: { reason: 'paid twice' },
  }),

  {
    operationId: 'replaceLimits',
    title: 'Credit, and a bound a day',
    id: ann,
    headers: key('limits-1'),
    body: { creditLimit: '50.00', dailyOut: '500.00' },
  },
  { operationId: 'getLimits', title: 'What is left today', id: ann },
  { operationId: 'withdraw', title: 'A payout', id: bob, headers: key('payout-1'), body: money('10.00') },
  {
    operationId: 'changeWalletStatus',
    title: 'Suspended',
    id: bob,
    body: { status: 'SUSPENDED', reason: 'asked by the owner' },
  },

  {
    ...{ operationId: 'changeWallet', title: 'Whose it is, and its metadata', id: bob },
    body: { userId: '0b0b0000-0000-4000-8000-000000000003', metadata: { name: 'Bob' } },
  },
  { operationId: 'getWallet', title: 'Ann\u2019s', id: ann },
  { operationId: 'getWallet', title: 'An id that nobody has', id: '00000000-0000-4000-8000-000000000009' },
  { operationId: 'listWallets', title: 'One of those that are active', query: { status: 'ACTIVE', limit: '1' } },
  { operationId: 'getBalance', title: 'Of now', id: ann },
  { operationId: 'getBalance', title: 'Of a time before', id: ann, query: { at: '2026-01-01' } },
  { operationId: 'listEntries', title: 'The newest', id: ann, query: { limit: '1' } },
  { operationId: 'getStatement', title: 'Page by page', id: bob, query: { ...period, limit: '1' } },
  { operationId: 'getStatement', title: 'As a file', id: bob, query: period, headers: { accept: 'text/csv' } },

  { operationId: 'listTransactions', title: 'Payments of Ann', query: { walletId: ann, kind: 'PAYMENT', limit: '1' } },
  { operationId: 'getTransactionTotals', title: 'What Ann paid and got', query: { walletId: ann } },
  { operationId: 'exportTransactions', title: 'As CSV', query: { walletId: ann, kind: 'PAYMENT', status: 'SUCCESS' } },
  ({ payment: id }) => ({ operationId: 'getTransaction', title: 'A payment', id: id as string }),
  ({ payment: id }) => ({ operationId: 'getTransactionLedger', title: 'A payment\u2019s two', id: id as string }),
  ({ payment: id }) => ({
    operationId: 'getTransactionTimeline',
    title: 'A payment that was paid back',
    id: id as string,
  }),
  ({ payment: id }) => ({ operationId: 'getTransactionProof', title: 'A payment\u2019s', id: id as string }),
  { operationId: 'getBalanceLine', title: 'All that it ever had', id: bob, query: period },
  {
    ...{ operationId: 'saveView', title: 'For everybody', id: viewOfExamples },
    body: { list: 'transactions', name: 'Failed payments', query: 'kind=PAYMENT&status=FAILED', shared: true },
  },
  { operationId: 'listViews', title: 'Of transactions', query: { list: 'transactions' } },
  { operationId: 'deleteView', title: 'Nobody\u2019s any more', id: viewOfExamples },
  { operationId: 'analyzeFailures', title: 'Of this day and the one before', query: { bucket: 'day' } },

  {
    operationId: 'mintToken',
    title: 'For a service',
    body: { role: 'service', caller: 'shop' },
    keep: ['tokenId', 'token'],
  },
  { operationId: 'listTokens', title: 'The newest', query: { limit: '1' } },
  ({ token }) => ({ operationId: 'revokeToken', title: 'Withdrawn', id: token as string }),
  { operationId: 'getMetrics', title: 'How they begin' },

  {
    ...{ operationId: 'createUser', title: 'Somebody who may look', keep: ['userId', 'user'] },
    body: { email: 'eve@example.com', name: 'Eve Example', role: 'viewer', password },
  },
  ({ user }) => ({ operationId: 'getUser', title: 'One', id: user as string }),
  ({ user }) => ({ operationId: 'changeUser', title: 'Another role', id: user as string, body: { role: 'operator' } }),
  { operationId: 'listAuditRows', title: 'What was done last', query: { limit: '1' } },
  { operationId: 'getAuditRow', title: 'The first', id: '1' },
  {
    ...{ operationId: 'createUser', title: 'Somebody who may everything' },
    body: { email: 'max@example.com', name: 'Max Example', role: 'admin', password },
  },
  { operationId: 'listUsers', title: 'The newest', query: { limit: '1' } },
  {
    ...{ operationId: 'signIn', title: 'With the right password', keep: ['accessToken', 'eve'] },
    body: { email: 'eve@example.com', password },
  },
  {
    operationId: 'signIn',
    title: 'With another one',
    body: { email: 'eve@example.com', password: 'wrong horse battery staple' },
  },

  { operationId: 'changeWalletStatus', title: 'Active again', id: bob, body: { status: 'ACTIVE' } },
  {
    ...{ operationId: 'createPayment', title: 'So much that another person has to approve it', as: 'eve' },
    headers: key('rent-2026-01'),
    body: { ...payment, amount: '1000.00', reference: 'rent' },
    keep: ['approvalId', 'rent'],
  },
  {
    ...{ operationId: 'createPayment', title: 'One that will be rejected', as: 'eve' },
    headers: key('rent-2026-02'),
    body: { ...payment, amount: '1000.01', reference: 'rent' },
    keep: ['approvalId', 'wrongRent'],
  },
  { operationId: 'listApprovals', title: 'The newest that waits', query: { status: 'PENDING', limit: '1' } },
  {
    ...{ operationId: 'replaceLimits', title: 'None', id: ann, headers: key('limits-2') },
    body: { creditLimit: '0.00' },
  },
  { operationId: 'deposit', title: 'For the rent', id: ann, headers: key('top-up-2'), body: money('900.00') },
  ({ rent }) => ({ operationId: 'approveApproval', title: 'By who asked', as: 'eve', id: rent as string, body: {} }),
  {
    ...{ operationId: 'signIn', title: 'Another person', keep: ['accessToken', 'max'] },
    body: { email: 'max@example.com', password },
  },
  ({ rent }) => ({
    ...{ operationId: 'approveApproval', title: 'By another person', as: 'max', id: rent as string },
    body: { note: 'as in the contract' },
  }),
  ({ wrongRent }) => ({
    ...{ operationId: 'rejectApproval', title: 'By another person', as: 'max', id: wrongRent as string },
    body: { note: 'a cent too much' },
  }),
  ({ rent }) => ({ operationId: 'getApproval', title: 'It was approved and is done', id: rent as string }),

  {
    ...{ operationId: 'replaceDigestRecipients', title: 'One, each morning' },
    body: { items: [{ email: 'ann@example.com', timeZone: 'Europe/Berlin', frequency: 'DAILY', at: '07:00' }] },
  },
  { operationId: 'listDigestRecipients', title: 'All of them' },
  { operationId: 'sendDigest', title: 'Of a day', body: { email: 'ann@example.com', date: '2026-01-31' } },
  { operationId: 'listDigests', title: 'The newest', query: { limit: '1' } },
  { operationId: 'getDigestMail', title: 'As it was mailed', id: digestOfExamples },
  { operationId: 'requestSummary', title: 'Of a day', body: { date: '2026-01-31' } },
  { operationId: 'listSummaries', title: 'Of a month', query: { from: '2026-01-01', to: '2026-01-31' } },

  { operationId: 'runJob', title: 'Now', id: 'digests' },
  { operationId: 'runJob', title: 'While it runs', id: 'digests' },
  { operationId: 'listJobs', title: 'All of them' },
  { operationId: 'listJobRuns', title: 'The newest', id: 'digests', query: { limit: '1' } },

  { operationId: 'listAlerts', title: 'Those that nobody acknowledged', query: { status: 'SENT' } },
  { operationId: 'acknowledgeAlert', title: 'Seen', id: alertOfExamples, body: { note: 'the supplier was told' } },
  { operationId: 'getAlert', title: 'With its history', id: alertOfExamples },
  { operationId: 'listAlertConfigs', title: 'All of them' },
  {
    ...{ operationId: 'configureAlert', title: 'Earlier, and to whom' },
    body: {
      ...{ alertType: 'FAILURE_RATE', threshold: 2, windowMinutes: 5, minimumSample: 100, severity: 'WARNING' },
      ...{ recipients: ['ops@example.com'], cooldownMinutes: 15, enabled: true },
    },
  },
  { operationId: 'testAlert', title: 'To its recipients', id: 'FAILURE_RATE' },

  { operationId: 'listDeadLetters', title: 'The newest', query: { limit: '1' } },
  { operationId: 'replayDeadLetter', title: 'Once more', id: deadLettersOfExamples[0] },
  { operationId: 'deleteDeadLetter', title: 'For good', id: deadLettersOfExamples[1] },
  {
    ...{ operationId: 'replayEvents', title: 'What a consumer missed', keep: ['replayId', 'eventReplay'] as const },
    body: { partition: 7, fromSequence: 1_200, toSequence: 1_260 },
  },
  ({ eventReplay }) => ({ operationId: 'getEventReplay', title: 'It waits for the relay', id: eventReplay as string }),

  {
    ...{ operationId: 'createWebhook', title: 'What becomes of payments', keep: ['webhookId', 'webhook'] as const },
    body: {
      ...{ url: 'https://shop.example.com/hooks/wallet', description: 'The shop\u2019s books' },
      eventTypes: ['transaction.succeeded', 'transaction.failed'],
    },
  },
  { operationId: 'createWebhook', title: 'A private address', body: { url: 'http://10.0.0.7/', eventTypes: ['*'] } },
  { operationId: 'listWebhooks', title: 'All of them' },
  ({ webhook }) => ({ operationId: 'getWebhook', title: 'One', id: webhook as string }),
  ({ webhook }) => ({
    ...{ operationId: 'changeWebhook', title: 'Paused while it is mended', id: webhook as string },
    body: { status: 'PAUSED', reason: 'the shop mends its books' },
  }),
  ({ webhook }) => ({
    operationId: 'changeWebhook',
    title: 'Goes on',
    id: webhook as string,
    body: { status: 'ACTIVE' },
  }),
  ({ webhook }) => ({ operationId: 'rotateWebhookSecret', title: 'A new one', id: webhook as string }),
  ({ webhook }) => ({
    ...{ operationId: 'replayWebhook', title: 'A day once more', id: webhook as string },
    body: { from: '2026-01-31T00:00:00Z', to: '2026-01-31T23:59:59.999Z' },
  }),
  ({ webhook }) => ({ operationId: 'listWebhookReplays', title: 'It has just been asked for', id: webhook as string }),
  ({ webhook }) => ({
    operationId: 'listWebhookSecrets',
    title: 'One took the place of the other',
    id: webhook as string,
  }),
  ({ webhook }) => ({ operationId: 'testWebhook', title: 'Whether it takes them', id: webhook as string }),
  ({ webhook }) => ({
    operationId: 'listWebhookDeliveries',
    title: 'The newest',
    id: webhook as string,
    query: { limit: '1' },
  }),
  { operationId: 'getWebhookDelivery', title: 'One that was given up', id: deliveryOfExamples },
  { operationId: 'resendWebhookDelivery', title: 'Once more', id: deliveryOfExamples },
  ({ webhook }) => ({ operationId: 'deleteWebhook', title: 'For good', id: webhook as string }),

  { operationId: 'readSystem', title: 'An engine and a gateway' },
  { operationId: 'listTakeovers', title: 'An engine came' },

  { operationId: 'requestReconciliation', title: 'All of it', body: { mode: 'full' } },
  { operationId: 'requestReconciliation', title: 'While one is under way', body: { mode: 'incremental' } },
  { operationId: 'listReconciliations', title: 'The newest', query: { limit: '1' } },
  { operationId: 'getReconciliationReport', title: 'While it runs' },
  {
    ...{ operationId: 'explainFinding', title: 'By whom it was looked into', id: findingOfExamples },
    body: { note: 'a restored backup lacked the last deposit: booked again by deposit top-up-1' },
  },

  { operationId: 'refreshSession', title: 'By the cookie alone', as: 'cookie' },
  { operationId: 'listSessions', title: 'Hers', as: 'eve' },
  {
    ...{ operationId: 'changePassword', title: 'A new one', as: 'eve' },
    body: { current: password, new: 'another horse battery staple' },
  },
  { operationId: 'signOutEverywhere', title: 'And never left signed in', as: 'max' },
  { operationId: 'signOut', title: 'By the cookie', as: 'cookie' },
];
