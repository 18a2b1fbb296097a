import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { inTransaction } from '../database.js';
import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { readConfigs } from './alert-config.js';
import { EventsTrouble, publishAlertEvents } from './alert-events.js';
import { AlertSources } from './alert-sources.js';
import { evaluate } from './evaluate.js';
import { EvaluatorLease, LeaseLostError } from './evaluator-lease.js';
import { markSent, sendTests } from './housekeeping.js';

/** Between looks at whether there is something to do. The lease lives ten of them. */
const tickMs = 1_000;

/** Judges alerts, one worker at a time; the others stand by. */
export function openAlerts({ config, database, publisher, metrics, log }: Surroundings): Part {
  const { alertEveryS: everyS, consoleUrl, workerName: name } = config;
  const lease = new EvaluatorLease(database, { holderId: uuidv7(), name, everyS });
  const sources = new AlertSources(database, log);
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<unknown> | null = null;
  let dueAtMs = 0;
  let isAway = false;
  let evaluatedAtMs: number | null = null;
  new Gauge({
    name: 'wallet_alerts_evaluated_seconds_ago',
    help: 'Since this worker last judged alerts; -1: it stands by, or never has',
    registers: [metrics],
    collect() {
      this.set(lease.isHeld && evaluatedAtMs !== null ? (performance.now() - evaluatedAtMs) / 1_000 : -1);
    },
  });

  async function judge(): Promise<void> {
    const configs = await readConfigs(database);
    const looked = await lease.during((lost) => sources.look(configs, lost));
    await inTransaction(database, async (client) => {
      const now = await lease.fence(client);
      await evaluate(client, { configs, looked, now, consoleUrl, log });
      // Who judges by what was an hour ago is silent: the gateways say so.
      if (!sources.isBehind) await client.query('UPDATE alert_evaluator SET beat_at = clock_timestamp()');
    });
    if (!sources.isBehind) evaluatedAtMs = performance.now();
  }

  async function tick(): Promise<void> {
    const wasHeld = lease.isHeld;
    if (!(await lease.hold())) return;
    if (!wasHeld) {
      log.info('this worker judges alerts now');
      dueAtMs = 0;
    }
    await markSent(database);
    await sendTests(database, log);
    if (performance.now() < dueAtMs) return;
    dueAtMs = performance.now() + everyS * 1_000;
    await judge();
    isAway = false;
  }

  async function follow(work: () => Promise<void>, failed: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      await work().catch(failed);
      await sleep(tickMs, undefined, { signal }).catch(() => {});
    }
  }

  const trouble = new EventsTrouble(log);
  return {
    name: 'alerts',
    async start() {
      const judging = follow(tick, (error) => {
        // Soon again: an alert is a minute late at most.
        dueAtMs = Math.min(dueAtMs, performance.now() + 2 * tickMs);
        if (error instanceof LeaseLostError) return log.info('another worker judges alerts now');
        if (!isAway) log.error({ err: error }, 'alerts cannot be judged: what is open stays; trying again');
        isAway = true;
      });
      const publishing = follow(
        async () => {
          if (!lease.isHeld || !publisher.connected) return;
          while ((await publishAlertEvents(database, publisher)) > 0 && !signal.aborted);
          trouble.over();
        },
        (error) => trouble.failed(error),
      );
      running = Promise.all([judging, publishing]);
    },
    async stop() {
      stopping.abort();
      await Promise.race([running, sleep(4_000)]);
      await lease.release().catch(() => {});
    },
  };
}
