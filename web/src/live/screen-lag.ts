/** Entries of `commit-to-screen` in the page's performance timeline; older ones are dropped. */
const measuresMax = 400;

interface Lag {
  paintedAt: number;
  lagMs: number;
}

/**
 * Stamps how long commits took to the screen: a `performance.measure` named `commit-to-screen`, whose duration runs from
 * the commit (database's clock) to the frame after the paint (this machine's clock). Both clocks must agree for it to
 * mean something, as they do on one machine.
 */
export class ScreenLag {
  #lags: Lag[] = [];

  /** Call when what was committed at `committedAtMs` has been handed to the browser for painting. */
  rendered(committedAtMs: number): void {
    // The first callback runs before the paint, the second after it.
    requestAnimationFrame(() => requestAnimationFrame(() => this.#painted(Date.now() - committedAtMs)));
  }

  #painted(lagMs: number): void {
    const lag = { paintedAt: performance.now(), lagMs };
    // Committed before the page began: no moment on its timeline, and nothing it could have shown sooner.
    if (lagMs < 0 || lagMs > lag.paintedAt) return;
    this.#lags.push(lag);
    measure(lag);
    if (this.#lags.length < measuresMax) return;
    this.#lags = this.#lags.slice(-measuresMax / 2);
    performance.clearMeasures('commit-to-screen');
    for (const kept of this.#lags) measure(kept);
  }
}

function measure({ paintedAt, lagMs }: Lag): void {
  performance.measure('commit-to-screen', { start: paintedAt - lagMs, end: paintedAt });
}
