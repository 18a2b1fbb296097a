import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const poolBytes = 16 * 1_024;
/** When the clock is set back by more, ids follow it: they must not stay in another month for as long as it was ahead. */
const setBackMaxMs = 2_000;

/** Mints UUIDv7 transaction ids of the database's time that rise within an engine, but for a clock that is set back. Random bytes are drawn in bulk: one draw an id cost 3 % of an engine. */
export class TransactionIds {
  readonly #pool = Buffer.alloc(poolBytes);
  #used = poolBytes;
  #lastMs = 0;
  #seq = 0;

  constructor(private readonly databaseNowMs: () => number) {}

  next(): string {
    const random = this.#draw();
    const now = this.databaseNowMs();
    if (now > this.#lastMs || this.#lastMs - now > setBackMaxMs) {
      this.#lastMs = now;
      // Begins at random with room to count up, so that engines do not meet in one millisecond.
      this.#seq = random.readUInt32BE(0) >>> 1;
    } else {
      this.#seq += 1; // also when the clock was set back a little
    }
    return uuidv7({ msecs: this.#lastMs, seq: this.#seq, random });
  }

  #draw(): Buffer {
    if (this.#used === poolBytes) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#used += 16;
    return this.#pool.subarray(this.#used - 16, this.#used);
  }
}
