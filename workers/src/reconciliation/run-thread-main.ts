import { parentPort, workerData } from 'node:worker_threads';
import type { Break } from './finding.js';
import { connectToLedger } from './ledger-connection.js';
import { runReconciliation } from './run.js';
import { StaleAttempt } from './run-store.js';
import type { RunOrder, ThreadTells } from './run-thread.js';

/* The thread of one run: see run-thread.ts. Whoever wants it to stop ends it. */

const { databaseUrl, run, suspends } = workerData as RunOrder;
const tell = (told: ThreadTells) => parentPort?.postMessage(told);
const { signal } = new AbortController();

try {
  const client = await connectToLedger(databaseUrl);
  try {
    const onBreak = (found: Break) => tell({ found });
    tell({ ended: await runReconciliation(client, run, { signal, suspends, onBreak }) });
  } finally {
    await client.end().catch(() => {});
  }
} catch (error) {
  const { message, code } = error as Error & { code?: unknown };
  tell({ failed: { message, code, isStale: error instanceof StaleAttempt } });
}
