/** Messages that were sent, and how long the broker has answered none of them. */
export class ConfirmClock {
  #waiting = 0;
  #sinceMs = 0;

  sent(): void {
    if (this.#waiting === 0) this.#sinceMs = performance.now();
    this.#waiting += 1;
  }

  answered(): void {
    this.#waiting -= 1;
    this.#sinceMs = performance.now();
  }

  /** The channel is gone: no answer comes any more. */
  forget(): void {
    this.#waiting = 0;
  }

  get silentMs(): number {
    return this.#waiting === 0 ? 0 : performance.now() - this.#sinceMs;
  }
}
