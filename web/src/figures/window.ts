import type { ClosedSecond } from '@smart-wallet/engine/contract/live.js';
import { type FigureSum, sumFigures } from './sum.js';

/** Payments per second is the mean of this many closed seconds: steady enough to read, quick enough to follow. */
export const rateWindowSeconds = 5;
/** Success and latency are those of this many closed seconds. */
export const figureWindowSeconds = 60;

/** The last `count` seconds; fewer while the platform is younger. */
export function lastSeconds(seconds: readonly ClosedSecond[], count: number): readonly ClosedSecond[] {
  return seconds.slice(-count);
}

/** Transactions committed per second, refused ones too. Null before the first second closed. */
export function paymentsPerSecond(seconds: readonly ClosedSecond[]): number | null {
  const window = lastSeconds(seconds, rateWindowSeconds);
  if (window.length === 0) return null;
  return window.reduce((sum, second) => sum + second.succeeded + second.failed, 0) / window.length;
}

export function lastMinute(seconds: readonly ClosedSecond[]): FigureSum {
  return sumFigures(lastSeconds(seconds, figureWindowSeconds));
}

/** Start of the last second in which something was committed; null: none. */
export function lastBusySecond(seconds: readonly ClosedSecond[]): number | null {
  return seconds.findLast((second) => second.succeeded + second.failed > 0)?.second ?? null;
}
