import type { SignedInUser } from '@smart-wallet/client';

/*
 * A person's session. The access token lives in memory alone; what goes on with the session is a cookie that no script reads.
 *
 *   RESTORING ──cookie good──► SIGNED_IN ──refresh refused──► ENDED ──signed in again──► SIGNED_IN
 *       └──no cookie──► SIGNED_OUT ◄──signed out──┘
 *
 * ENDED keeps the user: the page stays as it is, with all that was typed, under a dialog that asks for the password.
 */
export type OpsSessionState =
  | { readonly kind: 'RESTORING' }
  | { readonly kind: 'SIGNED_OUT' }
  | { readonly kind: 'SIGNED_IN'; readonly user: SignedInUser }
  | { readonly kind: 'ENDED'; readonly user: SignedInUser };

export type SignInFailure = 'WRONG' | 'TOO_MANY' | 'UNREACHABLE';

interface SessionAnswer {
  readonly accessToken: string;
  readonly expiresAt: string;
  readonly user: SignedInUser;
}

/** A token with less than this to live is renewed before it is used. */
const renewBeforeMs = 60_000;
const answerTimeoutMs = 15_000;

export class OpsSession {
  #state: OpsSessionState = { kind: 'RESTORING' };
  #token: { readonly value: string; readonly goodUntilMs: number } | null = null;
  #renewal: Promise<string> | null = null;
  /** Counts who signed in and out here: what was asked before is not of the one who is there now. */
  #era = 0;
  readonly #listeners = new Set<() => void>();
  readonly #signedOut = new Set<() => void>();

  constructor(private readonly fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request)) {}

  get state(): OpsSessionState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whoever was signed in here signed out. */
  onSignedOut(listener: () => void): void {
    this.#signedOut.add(listener);
  }

  /** Goes on with the session of an earlier visit, if there is one. A gateway that is away is no end of it: throws. */
  async restore(): Promise<void> {
    try {
      await this.token(null);
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error;
      this.#become({ kind: 'SIGNED_OUT' });
    }
  }

  /** null: signed in. */
  async signIn(email: string, password: string): Promise<SignInFailure | null> {
    const answer = await this.#ask('POST', '/api/auth/sessions', { email, password }).catch(() => null);
    if (answer === null || answer.status >= 500) return 'UNREACHABLE';
    if (answer.status === 429) return 'TOO_MANY';
    if (answer.status !== 201) return 'WRONG';
    this.#era += 1;
    this.#keep((await answer.json()) as SessionAnswer);
    return null;
  }

  /** false: nobody could be told, so the session goes on: whoever comes next would be in it. */
  async signOut(): Promise<boolean> {
    const answer = await this.#ask('DELETE', '/api/auth/sessions').catch(() => null);
    if (answer?.status !== 204 && answer?.status !== 401) return false;
    this.#era += 1;
    this.#token = null;
    this.#become({ kind: 'SIGNED_OUT' });
    for (const listener of this.#signedOut) listener();
    return true;
  }

  /** The same, of this person alone. */
  async tokenOf(userId: string, refused: string | null): Promise<string> {
    const token = await this.token(refused);
    if (this.#state.kind !== 'SIGNED_IN' || this.#state.user.userId !== userId) throw new SessionEnded();
    return token;
  }

  /**
   * A token that is good for a while. `refused`: the one that the platform did not take.
   * @throws SessionEnded when a person must sign in again.
   */
  async token(refused: string | null): Promise<string> {
    if (this.#state.kind === 'ENDED' || this.#state.kind === 'SIGNED_OUT') throw new SessionEnded();
    const kept = this.#token;
    if (kept && kept.value !== refused && kept.goodUntilMs - Date.now() > renewBeforeMs) return kept.value;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew(): Promise<string> {
    const era = this.#era;
    const answer = await this.#ask('POST', '/api/auth/sessions/refresh');
    const renewed = answer.status === 201 ? ((await answer.json()) as SessionAnswer) : null;
    // Meanwhile somebody signed in or out here.
    if (era !== this.#era) return this.token(null);
    // The cookie is of the browser: another tab may have signed in somebody else, in whose name nothing here was typed.
    const isAnother = this.#state.kind === 'SIGNED_IN' && renewed && renewed.user.userId !== this.#state.user.userId;
    if (renewed && !isAnother) return this.#keep(renewed);
    if (!renewed && answer.status !== 401 && answer.status !== 403)
      throw new Error(`the session could not be renewed: ${answer.status}`);
    this.#token = null;
    if (this.#state.kind === 'SIGNED_IN') this.#become({ kind: 'ENDED', user: this.#state.user });
    throw new SessionEnded();
  }

  #keep({ accessToken, expiresAt, user }: SessionAnswer): string {
    this.#token = { value: accessToken, goodUntilMs: Date.parse(expiresAt) };
    this.#become({ kind: 'SIGNED_IN', user });
    return accessToken;
  }

  #ask(method: string, path: string, body?: object): Promise<Response> {
    const token = this.#token;
    return this.fetch(path, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token && method === 'DELETE' && { authorization: `Bearer ${token.value}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
  }

  #become(state: OpsSessionState): void {
    const same =
      state.kind === 'SIGNED_IN' && this.#state.kind === 'SIGNED_IN' && state.user.userId === this.#state.user.userId;
    if (same && state.user.role === (this.#state as { user: SignedInUser }).user.role) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** A person must sign in (again). */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';

  constructor() {
    super('The session has ended.');
  }
}
