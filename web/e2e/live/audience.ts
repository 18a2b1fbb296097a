import { expect } from 'vitest';
import { patienceMs } from '../platform/patience.js';
import { StreamClient } from './stream-client.js';

const slowReadsEveryMs = 8_000;

export interface AudienceOptions {
  urls: readonly string[];
  token: string;
  size: number;
  slow: number;
}

/** Many clients of the live stream, some of which do not read what they are sent. */
export class Audience {
  readonly clients: readonly StreamClient[];
  readonly slow: readonly StreamClient[];
  #reading: NodeJS.Timeout | undefined;

  constructor({ urls, token, size, slow }: AudienceOptions) {
    this.clients = Array.from({ length: size }, () => new StreamClient(urls, token));
    this.slow = this.clients.slice(0, slow);
  }

  /** Everybody has a snapshot and frames. */
  async seated(): Promise<void> {
    await expect.poll(() => this.clients.every(({ frames }) => frames > 1), { timeout: patienceMs }).toBe(true);
  }

  /** From now on the slow ones read far less than comes, yet enough not to be given up. */
  beSlow(): void {
    for (const client of this.slow) client.readALittle();
    this.#reading = setInterval(() => {
      for (const client of this.slow) client.readALittle();
    }, slowReadsEveryMs);
  }

  /** Everybody was told of this second. */
  async heard(second: number): Promise<void> {
    await expect
      .poll(() => this.clients.every(({ last }) => (last ?? 0) >= second), { timeout: patienceMs })
      .toBe(true);
  }

  /** Gaps, repeats, and starting anew: nobody should meet any of it. */
  faults(): string[] {
    return this.clients.flatMap(({ faults, startedAnew }) => [
      ...faults,
      ...(startedAnew > 0 ? [`started anew ${startedAnew} times`] : []),
    ]);
  }

  leave(): void {
    clearInterval(this.#reading);
    for (const client of this.clients) client.close();
  }
}
