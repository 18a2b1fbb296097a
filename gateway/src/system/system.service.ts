import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { isoTime } from '../iso-time.js';
import { type Heard, LiveView } from '../live/live-view.js';
import { Database } from '../storage/database.js';
import { aliveSeconds, batchesLookedAt, incidentsMax } from './system-answer.js';
import { readTakeovers } from './takeovers.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const iso = (time: Date) => isoTime(time.getTime());

/** What runs, by the tables in which programs say that they live. */
@Injectable()
export class SystemService {
  constructor(
    private readonly database: Database,
    private readonly live: LiveView,
  ) {}

  async takeovers(): Promise<Answer> {
    const items = (await readTakeovers(this.database)).map(({ at, ...facts }) => ({ at: iso(at), ...facts }));
    return jsonAnswer(200, { items, nextCursor: null });
  }

  async read(): Promise<Answer> {
    const [engines, partitions, gateways, workers, relay, incidents] = await Promise.all([
      this.#rows(
        `SELECT w.worker_id, w.worker_name, w.started_at, w.batch_seq, w.partitions, b.mean, b.most FROM (
                      SELECT w.*, count(*)::int AS partitions FROM partitions p JOIN engine_workers w USING (worker_id)
                       GROUP BY w.worker_id) w
                   CROSS JOIN LATERAL (
                      SELECT avg(cardinality(transaction_ids))::float8 AS mean, max(cardinality(transaction_ids)) AS most
                        FROM ledger_batches b WHERE b.worker_id = w.worker_id AND b.batch_seq > w.batch_seq - $1) b
                   ORDER BY w.worker_name, w.worker_id`,
        [batchesLookedAt],
      ),
      this.#rows(`SELECT p.id, p.epoch, p.worker_id, coalesce(r.sequence, 0) AS sequence, r.stopped_at IS NOT NULL AS stopped
                    FROM partitions p LEFT JOIN relay_partitions r ON r.partition = p.id ORDER BY p.id`),
      this.#rows(
        `SELECT gateway_id, said_at FROM gateway_views WHERE said_at > now() - $1::interval ORDER BY gateway_id`,
        [`${aliveSeconds} s`],
      ),
      this.#rows(
        `SELECT name, version, parts, started_at, seen_at, queues FROM workers_alive
          WHERE seen_at > now() - $1::interval ORDER BY seen_at DESC`,
        [`${aliveSeconds} s`],
      ),
      this.#rows(`SELECT epoch, holder, lag.seconds, lag.batches, now() AS as_of, current_setting('server_version') AS postgres
                    FROM relay_lease, relay_lag AS lag`),
      this.#rows('SELECT at, what, queue FROM broker_incidents ORDER BY incident_id DESC LIMIT $1', [incidentsMax]),
    ]);
    const [now] = relay;
    const known: { name: string; depth: number; consumers: number }[] =
      workers.find(({ queues }) => queues)?.queues ?? [];
    return jsonAnswer(200, {
      asOf: iso(now?.as_of),
      engines: engines.map((row) => ({
        ...{ engineId: row.worker_id, name: row.worker_name, startedAt: iso(row.started_at) },
        ...{ batchSeq: Number(row.batch_seq), partitions: row.partitions },
        perBatch: row.most === null ? null : { mean: Math.round(row.mean * 10) / 10, most: row.most },
      })),
      partitions: partitions.map((row) => ({
        ...{ partition: row.id, epoch: Number(row.epoch), engineId: row.worker_id, sequence: Number(row.sequence) },
        eventsStopped: row.stopped,
      })),
      gateways: gateways.map((row) => ({ gatewayId: row.gateway_id, seenAt: iso(row.said_at) })),
      workers: workers.map(({ name, version, parts, started_at, seen_at }) => ({
        ...{ name, version, parts, startedAt: iso(started_at), seenAt: iso(seen_at) },
      })),
      queues: known,
      deadLetters: known.find(({ name }) => name.includes('dead-letters'))?.depth ?? null,
      relay: {
        ...{ epoch: Number(now?.epoch), holder: now?.holder ?? null, lagSeconds: now?.seconds ?? 0 },
        lagBatches: Number(now?.batches ?? 0),
      },
      incidents: incidents.map(({ at, what, queue }) => ({ at: iso(at), what, queue })),
      heard: heardFacts(this.live.heard()),
      versions: {
        gateway: version,
        ...Object.fromEntries(workers.map(({ version }) => ['workers', version])),
        postgres: now?.postgres,
      },
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows of the statements above
  async #rows(text: string, values: unknown[] = []): Promise<any[]> {
    return (await this.database.query(text, values)).rows;
  }
}

function heardFacts(heard: Heard | null) {
  if (!heard) return null;
  return {
    engines: heard.engines.map(({ workerId, standsBy, ...engine }) => ({
      ...{ engineId: workerId, ...engine, standsBy: standsBy === true && engine.partitions === 0 },
    })),
    gateways: heard.gateways.map(({ notAccepted: _notAccepted, ...gateway }) => gateway),
  };
}
