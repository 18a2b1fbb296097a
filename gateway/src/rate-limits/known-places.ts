import { createHash } from 'node:crypto';

/** Where the gateways share what they remember. Neither ever rejects. */
export interface PlaceMemory {
  keep(place: string, seconds: number): Promise<void>;
  /** False, too, when nobody says in time. */
  has(place: string): Promise<boolean>;
}

/** An address from which somebody signed in is known for this long. */
export const placeKnownSeconds = 30 * 86_400;
/** That a gateway remembers itself, while the shared memory is away. */
export const placesMax = 10_000;

/** From which addresses each e-mail signed in lately. Kept by digest: neither can be read from it, and all are of one length. */
export class KnownPlaces {
  readonly #here = new Set<string>();

  constructor(private readonly memory: PlaceMemory) {}

  async has(email: string, address: string): Promise<boolean> {
    const place = placeOf(email, address);
    if (this.#here.has(place)) return true;
    if (!(await this.memory.has(place))) return false;
    this.#keepHere(place);
    return true;
  }

  async keep(email: string, address: string): Promise<void> {
    const place = placeOf(email, address);
    this.#keepHere(place);
    await this.memory.keep(place, placeKnownSeconds);
  }

  /** The one that was kept first gives way. */
  #keepHere(place: string): void {
    if (this.#here.size >= placesMax) this.#here.delete(this.#here.values().next().value as string);
    this.#here.add(place);
  }
}

function placeOf(email: string, address: string): string {
  return createHash('sha256')
    .update(JSON.stringify([email, address]))
    .digest('base64url')
    .slice(0, 22);
}
