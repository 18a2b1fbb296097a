/**
 * Behind smaller calls nothing is made ready, and fewer payments wait for company: a call has a fixed cost, and what comes until
 * the one before it is over had better share it.
 */
const paymentsBeforeMin = 150;
const paymentsReadyMin = 100;
/** What a call costs beside its payments, in payments. */
const fixedPayments = 15;
/** For the event loop to come round and timers to be late. */
const marginMs = 2;
const weightOfNewest = 0.2;

/**
 * When to make the next call ready behind one that is under way. As late as possible, so that it holds all that came until then,
 * and early enough to be ready when the one before it is over.
 */
export class CallPace {
  #callMsEach = 0;
  #makeMsEach = 0;

  /** A call of so many payments was answered. */
  called(payments: number, ms: number): void {
    this.#callMsEach = moved(this.#callMsEach, ms / (payments + fixedPayments));
  }

  /** A call of so many payments was decided and written. */
  made(payments: number, ms: number): void {
    this.#makeMsEach = moved(this.#makeMsEach, ms / (payments + fixedPayments));
  }

  /** How long after a call of so many payments was sent the next should be made ready; null: not before it is over. */
  readyAfterMs(payments: number): number | null {
    if (payments < paymentsBeforeMin) return null;
    const ms = (this.#callMsEach - this.#makeMsEach) * (payments + fixedPayments);
    return Math.max(0, ms - marginMs);
  }

  /** Are these enough for a call of their own? */
  isWorthACall(payments: number): boolean {
    return payments >= paymentsReadyMin;
  }
}

function moved(average: number, newest: number): number {
  return average === 0 ? newest : average + weightOfNewest * (newest - average);
}
