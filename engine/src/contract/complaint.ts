const againAfterMs = 10_000;

/** Whether something is worth a line in the log: it is another than the last one, or that was said a while ago. */
export class Complaint {
  #last = '';
  #saidAt = Number.NEGATIVE_INFINITY;

  isNew(text: string): boolean {
    const now = performance.now();
    if (text === this.#last && now - this.#saidAt < againAfterMs) return false;
    this.#last = text;
    this.#saidAt = now;
    return true;
  }
}
