import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import type { Tokens } from '../auth/tokens.js';
import type { Config } from '../config.js';
import type { EngineClient } from '../engine-client/engine-client.js';
import { Origins } from '../http/origins.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { BadTokens } from '../rate-limits/bad-tokens.js';
import { openDatabase } from '../storage/database.js';
import { LiveBus } from './live-bus.js';
import { LiveStream, type PartitionRow } from './live-stream.js';
import type { LiveView } from './live-view.js';

/** Connections to Postgres of its own: one for the seconds, one for everything that can wait. */
const databaseConnections = 2;

export interface LiveNeeds {
  engine: EngineClient;
  tokens: Tokens;
  badTokens: BadTokens;
  metrics: GatewayMetrics;
  view: LiveView;
  partitions: readonly PartitionRow[];
  isStopping: () => boolean;
}

export interface OpenLive {
  /** Begins to serve on a server that listens, which others reach at the URL. */
  start(http: HttpServer, url: string): void;
  /** Sends the clients elsewhere, at once, and closes its connections. */
  close(): Promise<void>;
}

/** The live stream with connections of its own, so that it can never take one from a payment. */
export async function openLive(config: Config, needs: LiveNeeds, log: Logger): Promise<OpenLive> {
  const { databaseUrl, natsUrl, namespace, board, trustedProxies } = config;
  const origins = new Origins(config.corsOrigins, config.publicUrl);
  const bus = await LiveBus.open(natsUrl, namespace, log);
  const database = openDatabase({ databaseUrl, databaseConnectionsMax: databaseConnections }, log, {
    applicationName: 'wallet-gateway live',
  });
  let stream: LiveStream | null = null;
  return {
    start(http, url) {
      stream = new LiveStream({ ...needs, trustedProxies, database, bus, board, origins, log }, http, url);
      needs.metrics.watchLive(() => (stream as LiveStream).figures());
      needs.view.watch(() => (stream as LiveStream).heard());
      stream.start();
    },
    async close() {
      await stream?.stop();
      await Promise.allSettled([bus.close(), database.end()]);
    },
  };
}
