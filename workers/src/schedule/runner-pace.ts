/** How often due jobs are looked for, how often an attempt gives a sign of life, and how long it is left alone after the last one. */
export interface RunnerPace {
  readonly lookEveryMs: number;
  readonly beatEveryMs: number;
  readonly livesMs: number;
}

export const runnerPace: RunnerPace = { lookEveryMs: 1_000, beatEveryMs: 2_000, livesMs: 15_000 };
