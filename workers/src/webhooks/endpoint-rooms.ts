/** Attempts at one endpoint at a time, in one worker: as it answers well it gets more, as it fails it gets fewer. */
export const roomLimits = { first: 4, max: 16 } as const;
/** Of all endpoints, beyond one each. */
const sharedMax = 400;

interface Endpoint {
  limit: number;
  inFlight: number;
}

/**
 * How many attempts may begin. Every endpoint always has room for one, so that however many hang none waits for another; what goes
 * beyond that is shared.
 */
export class EndpointRooms {
  readonly #endpoints = new Map<string, Endpoint>();
  /** Attempts beyond the first of each. */
  #shared = 0;
  inFlight = 0;

  /** `endpoints`: how many there are. The rooms of those that are busy or known; `room`: of any other. */
  rooms(endpoints: number): { webhookIds: string[]; rooms: number[]; room: number } {
    // Each gets an equal part of what is left: all of them together stay within it.
    const share = Math.floor((sharedMax - this.#shared) / Math.max(1, endpoints));
    const roomOf = ({ limit, inFlight }: Endpoint) =>
      Math.max(0, Math.min(limit - inFlight, share + (inFlight === 0 ? 1 : 0)));
    const known = [...this.#endpoints];
    return {
      webhookIds: known.map(([webhookId]) => webhookId),
      rooms: known.map(([, endpoint]) => roomOf(endpoint)),
      room: roomOf({ limit: roomLimits.first, inFlight: 0 }),
    };
  }

  begin(webhookId: string): void {
    const endpoint = this.#endpoints.get(webhookId) ?? { limit: roomLimits.first, inFlight: 0 };
    this.#endpoints.set(webhookId, endpoint);
    if (endpoint.inFlight > 0) this.#shared += 1;
    endpoint.inFlight += 1;
    this.inFlight += 1;
  }

  /** Null: it was not called. */
  end(webhookId: string, isWell: boolean | null): void {
    const endpoint = this.#endpoints.get(webhookId) as Endpoint;
    endpoint.inFlight -= 1;
    this.inFlight -= 1;
    if (endpoint.inFlight > 0) this.#shared -= 1;
    if (isWell !== null)
      endpoint.limit = isWell
        ? Math.min(roomLimits.max, endpoint.limit + 1)
        : Math.max(1, Math.floor(endpoint.limit / 2));
    // One that is as a new one would be needs no memory.
    if (endpoint.inFlight === 0 && endpoint.limit === roomLimits.first) this.#endpoints.delete(webhookId);
  }

  /** Those that are gone. */
  keepOnly(webhookIds: ReadonlySet<string>): void {
    for (const [webhookId, { inFlight }] of this.#endpoints) {
      if (inFlight === 0 && !webhookIds.has(webhookId)) this.#endpoints.delete(webhookId);
    }
  }
}
