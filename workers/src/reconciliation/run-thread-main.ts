import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Break } from './finding.js';
import { connectToLedger } from './ledger-connection.js';
import { runReconciliation } from './run.js';
import { StaleAttempt } from './run-store.js';
import type { RunOrder, ThreadTells } from './run-thread.js';

/* The thread of one run: see run-thread.ts. Whoever wants it to stop ends it. It runs behind what answers payments on this machine. */
const niceness = 10;

const { databaseUrl, run, suspends } = workerData as RunOrder;
const tell = (told: ThreadTells) => parentPort?.postMessage(told);
const { signal } = new AbortController();

lowerPriority();
try {
  const client = await connectToLedger(databaseUrl);
  try {
    const onBreak = (found: Break) => tell({ found });
    tell({ ended: await runReconciliation(client, run, { signal, suspends, onBreak }) });
  } finally {
    await client.end().catch(() => {});
  }
} catch (error) {
  const { message, name, code } = error as Error & { code?: unknown };
  tell({ failed: { message, name, code, isStale: error instanceof StaleAttempt } });
}

/** Linux gives each thread a priority of its own; elsewhere the pace has to do. */
function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').pop()), niceness);
  } catch {
    // A sandbox without /proc.
  }
}
