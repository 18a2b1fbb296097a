export const caseNames = ['raw', 'plan', 'engine', 'httpBatch', 'http', 'mixed'] as const;
export type CaseName = (typeof caseNames)[number];
/** Those that the platform itself serves; the others are what it is compared with. */
export type ProductCase = Extract<CaseName, 'engine' | 'httpBatch' | 'http' | 'mixed'>;

export const caseTexts: Record<CaseName, string> = {
  raw: 'the same rows by one hand-tuned statement a batch of 500, two connections, no protocol',
  plan: 'an interactive transaction per payment under a Redis lock, behind bare Fastify, 64 connections',
  engine: 'the engines, called over NATS',
  httpBatch: 'batches of 100 through the gateway, 8 connections',
  http: 'single payments through the gateway: a lone client, 16, 64 and 256 connections',
  mixed:
    '70 % reads (balances, transactions by id) among single payments, 64 connections; its figures are of all requests',
};

export const planConnections = 64;
/** Payments in one request of httpBatch. */
export const batchSize = 100;
/** Of the requests of `mixed`; half of them ask for a balance, half for a transaction. */
export const readShare = 0.7;

export interface ProductRun {
  case: ProductCase;
  connections: number;
}

export const productRuns: readonly ProductRun[] = [
  { case: 'engine', connections: 1 },
  { case: 'httpBatch', connections: 8 },
  { case: 'http', connections: 64 },
  { case: 'http', connections: 256 },
  { case: 'http', connections: 16 },
  // A lone client, whose next payment waits for its last: what one payment costs in time.
  { case: 'http', connections: 1 },
  { case: 'mixed', connections: 64 },
];
