export const caseNames = ['raw', 'plan', 'engine', 'httpBatch', 'http'] as const;
export type CaseName = (typeof caseNames)[number];
/** Those that the platform itself serves; the others are what it is compared with. */
export type ProductCase = Extract<CaseName, 'engine' | 'httpBatch' | 'http'>;

export const caseTexts: Record<CaseName, string> = {
  raw: 'the same rows by one hand-tuned statement a batch of 500, two connections, no protocol',
  plan: 'an interactive transaction per payment under a Redis lock, behind bare Fastify, 64 connections',
  engine: 'two engines, called over NATS',
  httpBatch: 'batches of 100 through the gateway, 8 connections',
  http: 'single payments through the gateway: a lone client, 64 and 256 connections',
};

export const planConnections = 64;
/** Payments in one request of httpBatch. */
export const batchSize = 100;

export interface ProductRun {
  case: ProductCase;
  connections: number;
}

export const productRuns: readonly ProductRun[] = [
  { case: 'engine', connections: 1 },
  { case: 'httpBatch', connections: 8 },
  { case: 'http', connections: 64 },
  { case: 'http', connections: 256 },
  // A lone client, whose next payment waits for its last: what one payment costs in time.
  { case: 'http', connections: 1 },
];
