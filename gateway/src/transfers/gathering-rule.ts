/** Of recent traffic this much is remembered, to twice as much: who came in it is expected back. */
export const gatheringMemoryMs = 50;
/** The longest that anything is held back so that others may travel with it. */
export const gatherMsMax = 2;

interface Stretch {
  arrivals: number;
  /** The most that was open at once. */
  openMax: number;
}

/**
 * Whether what just came should wait a moment for others, so that one message carries them all. It should while
 * recent traffic says that more is coming: fewer are open than there were lately, so callers are between two of their calls,
 * and they come often enough that one may be expected in time. Whoever is alone is as many as there ever are and waits for
 * nobody; so do all when everybody is there. Nothing waits for longer than `gatherMsMax`.
 */
export class GatheringRule {
  #stretch: Stretch = { arrivals: 0, openMax: 0 };
  #before: Stretch = { arrivals: 0, openMax: 0 };
  #sinceMs = 0;

  /**
   * Call it as something comes.
   * @param nowMs on a monotonic clock, as all times here
   * @param open all that came and were not answered yet, this one among them, wherever they are
   */
  arrived(nowMs: number, open: number): void {
    this.#moveOn(nowMs);
    this.#stretch.arrivals += 1;
    if (open > this.#stretch.openMax) this.#stretch.openMax = open;
  }

  /**
   * How long those gathered since a time should wait yet; 0: go. Ask again when the time is over, and when another one came.
   * @param open as for `arrived`
   */
  waitMs(nowMs: number, gatheredSinceMs: number, open: number): number {
    this.#moveOn(nowMs);
    const left = gatheredSinceMs + gatherMsMax - nowMs;
    if (left <= 0) return 0;
    if (open >= Math.max(this.#stretch.openMax, this.#before.openMax)) return 0;
    const arrivals = this.#stretch.arrivals + this.#before.arrivals;
    const overMs = gatheringMemoryMs + nowMs - this.#sinceMs;
    return arrivals * gatherMsMax < overMs ? 0 : left;
  }

  #moveOn(nowMs: number): void {
    const overMs = nowMs - this.#sinceMs;
    if (overMs < gatheringMemoryMs) return;
    this.#before = overMs < 2 * gatheringMemoryMs ? this.#stretch : { arrivals: 0, openMax: 0 };
    this.#stretch = { arrivals: 0, openMax: 0 };
    this.#sinceMs = overMs < 2 * gatheringMemoryMs ? this.#sinceMs + gatheringMemoryMs : nowMs;
  }
}
