import { RecentAccounts } from './rate-limits/recent-accounts.js';

/** Crowds that are told apart. */
const crowdsMax = 1_000;
const tellEveryMs = 10_000;

interface Crowd {
  untold: number;
  tellAtMs: number;
}

/**
 * Whoever is refused for being too many is not a line of the log each time: anybody could fill the disk with them, and pay for none. The
 * first of a crowd is told at once, then one every ten seconds, for how many it stands. The metrics count all of them.
 */
export class RefusedCrowds {
  readonly #crowds = new RecentAccounts<Crowd>(crowdsMax, () => ({ untold: 0, tellAtMs: Number.NEGATIVE_INFINITY }));

  /** `now`: monotonic milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** For how many refusals a line is to be written now; 0: for none. */
  due(route: string, code: string, caller: string): number {
    const crowd = this.#crowds.get(`${route} ${code} ${caller}`);
    crowd.untold += 1;
    const nowMs = this.now();
    if (nowMs < crowd.tellAtMs) return 0;
    const told = crowd.untold;
    crowd.untold = 0;
    crowd.tellAtMs = nowMs + tellEveryMs;
    return told;
  }
}
