import {
  type ClosedSecond,
  type LiveFrame,
  type LivePayment,
  type LiveRefusal,
  type LiveSnapshot,
  livePaymentsMax,
} from '@smart-wallet/engine/contract/live.js';
import { appendSeconds, readHistory } from '../../../live/closed-seconds.js';
import type { LiveReceiver } from '../../../live/live-connection.js';
import { type Settled, settle } from '../verdict/settle.js';
import { type Finding, findings } from '../verdict/verdict.js';
import { agedSources, type BoardFigures, boardFigures, noFigures } from './board-figures.js';
import { noEngines, type SeenEngines, seeEngines } from './seen-engines.js';

/** What the screen shows: made anew for each rendering, never changed. */
export interface BoardView {
  about: Omit<LiveSnapshot, 'history' | 'resumed'> | null;
  seconds: readonly ClosedSecond[];
  frame: LiveFrame | null;
  figures: BoardFigures | null;
  /** Newest first. */
  payments: readonly LivePayment[];
  engines: SeenEngines;
  verdict: Finding;
  /** The verdict's sentence as it was when its rule began to hold: it does not change with every tick. */
  announced: string;
  findings: readonly Finding[];
  tryingForMs: number;
  /** Since the last frame; null: none yet. */
  frameAgeMs: number | null;
  /** Ages now; null: never heard. */
  ledgerMs: number | null;
  engineMs: number | null;
  /** Why the last connection ended; null while frames come. */
  trouble: { url: string; reason: string } | null;
  /** The gateways' clock less this machine's. */
  clockOffsetMs: number;
}

/** Frames come every 250 ms, give or take: the screen is drawn at most this often, its charts once a second. */
export const renderEveryMsMin = 200;
/** Without frames the screen is still drawn this often: ages grow. */
const renderEveryMsMax = 1_000;

/** Holds what the live stream told, and tells React when to draw it. */
export class BoardStore implements LiveReceiver {
  #about: BoardView['about'] = null;
  #seconds: readonly ClosedSecond[] = [];
  /** What came left a hole: the seconds held are shown until they are replaced, but nothing is built on them. */
  #torn = false;
  #frame: LiveFrame | null = null;
  #frameAtMs = 0;
  #payments: readonly LivePayment[] = [];
  #engines = noEngines;
  #ownerlessSinceMs: number | null = null;
  #settled: Settled | null = null;
  #announced: Finding | null = null;
  #trouble: BoardView['trouble'] = null;
  #clockOffsetMs = 0;
  #newCommitAtMs: number | null = null;
  #view: BoardView;
  #renderedAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #startedAtMs: number;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly onRefused: (refusal: LiveRefusal) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#startedAtMs = now();
    this.#view = this.#makeView();
    this.#renderIn(renderEveryMsMax);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly view = (): BoardView => this.#view;

  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  /** Commit time of the oldest transaction in the view that was in none before; null: nothing new. Once. */
  takeNewCommit(): number | null {
    const committedAtMs = this.#newCommitAtMs;
    this.#newCommitAtMs = null;
    return committedAtMs;
  }

  lastSecond(): number | null {
    return this.#torn ? null : (this.#seconds.at(-1)?.second ?? null);
  }

  takeSnapshot({ history, resumed, ...about }: LiveSnapshot): boolean {
    this.#about = about;
    return this.#append(resumed ? this.#seconds : [], readHistory(history));
  }

  takeFrame(frame: LiveFrame): boolean {
    if (!this.#append(this.#seconds, frame.seconds)) return false;
    // They live on in the list, which is bounded.
    this.#frame = { ...frame, seconds: [] };
    this.#frameAtMs = this.now();
    this.#clockOffsetMs = frame.madeAtMs - Date.now();
    this.#trouble = null;
    this.#payments = newestPayments(frame.payments, this.#payments);
    this.#engines = seeEngines(this.#engines, frame.workers);
    if (frame.partitions.every(([, owner]) => owner !== null)) this.#ownerlessSinceMs = null;
    else this.#ownerlessSinceMs ??= this.#frameAtMs;
    const { oldestNewAtMs } = frame.open;
    if (oldestNewAtMs !== null) this.#newCommitAtMs = Math.min(oldestNewAtMs, this.#newCommitAtMs ?? oldestNewAtMs);
    this.#renderIn(Math.max(0, this.#renderedAtMs + renderEveryMsMin - this.#frameAtMs));
    return true;
  }

  lostGateway(url: string, reason: string): void {
    this.#trouble = { url, reason };
  }

  refused(refusal: LiveRefusal): void {
    this.onRefused(refusal);
  }

  #append(held: readonly ClosedSecond[], came: readonly ClosedSecond[]): boolean {
    const seconds = appendSeconds(held, came);
    this.#torn = seconds === null;
    if (seconds) this.#seconds = seconds;
    return !this.#torn;
  }

  #renderIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#view = this.#makeView();
      this.#renderedAtMs = this.now();
      for (const listener of this.#listeners) listener();
      this.#renderIn(renderEveryMsMax);
    }, ms);
  }

  #makeView(): BoardView {
    const now = this.now();
    const tryingForMs = now - this.#startedAtMs;
    const frameAgeMs = this.#frame && now - this.#frameAtMs;
    const sources = this.#frame?.sources ?? { ledgerMs: null, engineMs: null };
    const figures = this.#frame && this.#about && boardFigures(this.#seconds, this.#frame, this.#about.targets);
    const found = findings({
      ...(figures ?? noFigures),
      frameAgeMs,
      frameMadeAtMs: this.#frame?.madeAtMs ?? null,
      tryingForMs,
      sources,
      targets: this.#about?.targets ?? { successPercent: 0, latencyP99Ms: Number.POSITIVE_INFINITY },
      ownerless: {
        count: figures?.ownerless ?? 0,
        forMs: this.#ownerlessSinceMs === null ? 0 : now - this.#ownerlessSinceMs,
      },
      breaks: this.#frame?.needsPerson?.lines.find(({ kind }) => kind === 'OPEN_FINDINGS')?.count ?? 0,
    });
    this.#settled = settle(this.#settled, found[0], now);
    const verdict = this.#settled.shown;
    if (verdict.rule !== this.#announced?.rule || verdict.severity !== this.#announced.severity)
      this.#announced = verdict;
    return {
      about: this.#about,
      seconds: this.#seconds,
      frame: this.#frame,
      figures,
      payments: this.#payments,
      engines: this.#engines,
      verdict,
      announced: this.#announced.sentence,
      findings: found,
      tryingForMs,
      frameAgeMs,
      ...agedSources(sources, frameAgeMs ?? 0),
      trouble: this.#trouble,
      clockOffsetMs: this.#clockOffsetMs,
    };
  }
}

/** Both newest first; a payment that two gateways' frames show stands once. */
function newestPayments(came: readonly LivePayment[], held: readonly LivePayment[]): readonly LivePayment[] {
  if (came.length === 0) return held;
  const ids = new Set(came.map((payment) => payment.transactionId));
  return [...came, ...held.filter((payment) => !ids.has(payment.transactionId))].slice(0, livePaymentsMax);
}
