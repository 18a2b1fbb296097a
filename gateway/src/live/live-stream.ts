import type { Server as HttpServer } from 'node:http';
import { heartbeatEveryMs } from '@smart-wallet/engine/contract/limits.js';
import {
  type ClosedSecond,
  type GatewayHeartbeat,
  liveFrameEveryMs,
  liveHistorySeconds,
} from '@smart-wallet/engine/contract/live.js';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Tokens } from '../auth/tokens.js';
import type { Config } from '../config.js';
import type { EngineClient } from '../engine-client/engine-client.js';
import type { Origins } from '../http/origins.js';
import type { BadTokens } from '../rate-limits/bad-tokens.js';
import type { Database } from '../storage/database.js';
import { type FrameSources, makeFrameState } from './frame-maker.js';
import { LedgerFeed } from './ledger-feed.js';
import type { LiveBus } from './live-bus.js';
import { LiveEngines, LiveGateways } from './live-members.js';
import { LiveOrigins } from './live-origins.js';
import { LiveServer } from './live-server.js';
import type { Heard } from './live-view.js';
import { MovedToday } from './moved-today.js';
import { NotAccepted } from './not-accepted.js';
import { OpenFigures } from './open-figures.js';
import { PartitionOwners } from './partition-owners.js';
import { PaymentSample } from './payment-sample.js';
import { PersonLines } from './person-lines.js';
import { SecondRing } from './second-ring.js';
import { Takeovers } from './takeovers.js';
import { WalletNames } from './wallet-names.js';

/** The frame after one between two seconds waits a little longer for the second to close, when Postgres answers. */
const closingPatienceMs = 150;
const postgresAnswersMs = 1_500;
/** A timer this late was held up, and so was what came over the network: it is heard before a frame says who is silent. */
const heldUpMs = 1_000;
const hearFirstMs = 100;

export interface LiveParts {
  database: Database;
  bus: LiveBus;
  engine: EngineClient;
  tokens: Tokens;
  badTokens: BadTokens;
  trustedProxies: readonly string[];
  /** Whose pages may watch. */
  origins: Origins;
  partitions: readonly PartitionRow[];
  board: Config['board'];
  log: Logger;
  isStopping: () => boolean;
}

export interface LiveFigures {
  connections: number;
  framesSent: number;
  framesSkipped: number;
  batchesHeard: number;
  /** Seconds that are over by this gateway's clock, and not closed; null: none has closed yet. */
  secondsBehind: number | null;
}

export interface PartitionRow {
  partition: number;
  epoch: number;
  workerId: string | null;
}

/** The live stream of one gateway: what is heard and read comes together here, and goes out in frames. */
export class LiveStream {
  readonly #gatewayId = uuidv7();
  readonly #parts: LiveParts;
  readonly #url: string;
  readonly #origins: LiveOrigins;
  readonly #ring = new SecondRing(liveHistorySeconds);
  readonly #feed: LedgerFeed;
  readonly #server: LiveServer;
  readonly #open = new OpenFigures();
  readonly #movedToday: MovedToday;
  readonly #takeovers = new Takeovers();
  readonly #owners: PartitionOwners;
  readonly #engines = new LiveEngines();
  readonly #gateways = new LiveGateways();
  readonly #names: WalletNames;
  readonly #payments: PaymentSample;
  readonly #notAccepted: NotAccepted;
  readonly #personLines: PersonLines;
  readonly #sources: FrameSources;
  #batchesHeard = 0;
  #engineHeardMs: number | null = null;
  /** The history is whole: clients are served from now on. */
  #loaded = false;
  #stopped = false;
  #frameTimer: NodeJS.Timeout | undefined;
  #beatTimer: NodeJS.Timeout | undefined;

  constructor(parts: LiveParts, http: HttpServer, url: string) {
    const { database, board, engine, tokens, badTokens, trustedProxies, partitions, log } = parts;
    this.#parts = parts;
    this.#url = url;
    this.#origins = new LiveOrigins(parts.origins, url);
    this.#feed = new LedgerFeed(
      database,
      { closed: (seconds) => this.#closed(seconds), restarted: (from) => this.#restarted(from) },
      log,
    );
    this.#movedToday = new MovedToday(database, log);
    this.#owners = new PartitionOwners(partitions.length, (change) => this.#takeovers.changed(change, Date.now()));
    this.#owners.load(partitions, performance.now());
    this.#names = new WalletNames(database, log);
    this.#payments = new PaymentSample(this.#names);
    this.#notAccepted = new NotAccepted(engine.figures.answers);
    this.#personLines = new PersonLines(database, log);
    this.#sources = {
      open: this.#open,
      movedToday: this.#movedToday,
      owners: this.#owners,
      engines: this.#engines,
      gateways: this.#gateways,
      takeovers: this.#takeovers,
      payments: this.#payments,
      needsPerson: () => this.#personLines.told,
      self: () => ({ ...this.#state(), heardMsAgo: 0 }),
      ledgerAgeMs: () => this.#feed.ageMs,
      engineAgeMs: (nowMs) => (this.#engineHeardMs === null ? null : Math.round(nowMs - this.#engineHeardMs)),
    };
    const facts = { gatewayId: this.#gatewayId, ...board, partitionCount: partitions.length };
    const isReady = () => this.#loaded && !parts.isStopping();
    this.#server = new LiveServer(http, {
      ...{ tokens, badTokens, trustedProxies, ring: this.#ring, facts, isReady, log },
      isWelcome: (request) => this.#origins.admits(request),
    });
  }

  start(): void {
    this.#parts.bus.listen({
      batch: (event) => {
        this.#batchesHeard += 1;
        this.#open.heard(event);
        this.#payments.heard(event);
        this.#heardEngine();
        this.#owners.alive(event.workerId, performance.now());
      },
      ownership: (event) => {
        this.#heardEngine();
        this.#owners.event(event, performance.now());
      },
      engine: (beat) => {
        this.#heardEngine();
        this.#engines.heard(beat, performance.now());
        this.#owners.heartbeat(beat, performance.now());
      },
      gateway: (beat) => {
        this.#gateways.heard(beat, performance.now());
        this.#origins.heard(beat.url);
      },
    });
    this.#feed.start();
    this.#personLines.start();
    this.#nextFrameIn(liveFrameEveryMs);
    const beat = () => this.#guarded(() => this.#beat());
    this.#beatTimer = setInterval(beat, heartbeatEveryMs);
    beat();
  }

  /** Sends the clients elsewhere, at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#frameTimer);
    clearInterval(this.#beatTimer);
    this.#movedToday.stop();
    this.#personLines.stop();
    this.#names.stop();
    await this.#server.close();
    await this.#feed.stop();
  }

  figures(): LiveFigures {
    const { framesSent, framesSkipped } = this.#server.figures;
    const { newest } = this.#ring;
    return {
      connections: this.#server.connectionCount,
      framesSent,
      framesSkipped,
      batchesHeard: this.#batchesHeard,
      secondsBehind: newest === null ? null : Math.max(0, Math.floor(Date.now() / 1_000) - 1 - newest),
    };
  }

  heard(): Heard {
    const nowMs = performance.now();
    const self = this.#sources.self();
    const others = this.#gateways.list(nowMs).filter(({ gatewayId }) => gatewayId !== self.gatewayId);
    return { engines: this.#engines.list(nowMs), gateways: [self, ...others] };
  }

  #closed(seconds: ClosedSecond[]): void {
    for (const second of seconds) {
      this.#ring.push(second);
      this.#movedToday.closed(second);
    }
    this.#open.closed(this.#ring.newest);
    this.#loaded ||= this.#feed.caughtUp;
    // At once: a second is on the screens as soon as it is final.
    if (this.#loaded) this.#sendFrame(liveFrameEveryMs);
  }

  #restarted(from: number): void {
    this.#loaded = false;
    this.#ring.clear();
    this.#open.closed(null);
    this.#movedToday.restart(from);
  }

  #sendFrame(nextInMs: number): void {
    this.#guarded(() => this.#server.send(makeFrameState(this.#sources, performance.now())));
    this.#nextFrameIn(nextInMs);
  }

  /** A bug in what is shown must not end the program that payments go through. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.log.error({ err: error }, 'a bug: the live stream left something out');
    }
  }

  #nextFrameIn(ms: number): void {
    clearTimeout(this.#frameTimer);
    if (this.#stopped) return;
    const dueMs = performance.now() + ms;
    this.#frameTimer = setTimeout(() => {
      if (performance.now() - dueMs > heldUpMs) this.#nextFrameIn(hearFirstMs);
      else this.#sendFrame(liveFrameEveryMs + this.#patienceMs());
    }, ms);
  }

  #patienceMs(): number {
    return (this.#feed.ageMs ?? Infinity) < postgresAnswersMs ? closingPatienceMs : 0;
  }

  #beat(): void {
    this.#notAccepted.secondPassed();
    this.#parts.bus.sayAlive({ ...this.#state(), atMs: Date.now() });
  }

  #state(): Omit<GatewayHeartbeat, 'atMs'> {
    const { engine } = this.#parts;
    return {
      gatewayId: this.#gatewayId,
      url: this.#url,
      openCommands: engine.openCount,
      oldestOpenMs: engine.oldestOpenMs(),
      notAccepted: this.#notAccepted.lastMinute(),
      liveConnections: this.#server.connectionCount,
    };
  }

  #heardEngine(): void {
    this.#engineHeardMs = performance.now();
  }
}
