/** What the store says when points are taken. */
export interface PointsTaken {
  /** To this gateway, now. */
  readonly granted: number;
  /** What is left for others, and for later. */
  readonly left: number;
  readonly endsInMs: number;
}

/** Where gateways take points of a caller, so that all of them together let through what one would. */
export interface PointStore {
  /** False while it does not answer: nobody waits for it then. */
  readonly isThere: boolean;
  /** Never rejects. Null: it did not say in time. */
  take(key: string, points: number): Promise<PointsTaken | null>;
}

/** Of what is counted by each gateway alone. */
export const noStore: PointStore = { isThere: false, take: async () => null };
