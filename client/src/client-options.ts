export interface ClientOptions {
  /** Where the API is. Of several, the next is asked when one does not answer. */
  readonly baseUrl: string | readonly string[];
  /**
   * A token, or what gives one: it is asked at each attempt (so it keeps the token as long as it is good), and with the token
   * that was refused when the platform answers 401. Another token of the same caller is the same caller: keys stay good.
   */
  readonly token?: string | ((refused: string | null) => string | Promise<string>) | undefined;
  /** For a call, all its attempts and waits together, unless the call says another. 30 s. */
  readonly deadlineMs?: number | undefined;
  /** For one attempt. 10 s, which is longer than the platform takes to say that it does not know. */
  readonly attemptTimeoutMs?: number | undefined;
  /** For a call. 10. */
  readonly attemptsMax?: number | undefined;
  /** Between two attempts: a random part of `firstMs` (100), doubled each time, up to `maxMs` (5 s). */
  readonly pause?: { readonly firstMs?: number | undefined; readonly maxMs?: number | undefined } | undefined;
  /** Told before each further attempt. */
  readonly onAskAgain?: ((notice: RetryNotice) => void) | undefined;
  /** Instead of the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** From 0 to 1, for the pauses. */
  readonly random?: (() => number) | undefined;
}

export interface RetryNotice {
  readonly method: string;
  readonly path: string;
  /** The one that had no answer that helps; 1 is the first. */
  readonly attempt: number;
  /** A problem's code, `HTTP_502` and its like, `NO_ANSWER`, `UNREADABLE_ANSWER`. */
  readonly reason: string;
  readonly waitMs: number;
  /** How many things are asked for again: of a batch, its payments. */
  readonly count: number;
}

/** How long one call may take. */
export interface CallOptions {
  /** Gives up when it is aborted; what is known by then is told. */
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
  readonly attemptsMax?: number | undefined;
  /** Told before each further attempt, instead of the client's. */
  readonly onAskAgain?: ((notice: RetryNotice) => void) | undefined;
}

export interface MoneyOptions extends CallOptions {
  /** Up to 255 visible ASCII characters. Made up unless given; it is in the outcome. Keep it where a crash does not reach. */
  readonly key?: string | undefined;
}
