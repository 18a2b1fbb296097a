import { type Draft, pathMeant } from './draft.js';
import type { RawAnswer } from './raw-http.js';

/** Somebody who signed in, with the subject of one user. */
export interface Person {
  name: string;
  authorization: string | null;
  roles: readonly string[] | null;
  userId: string;
  /** What a browser would send along. */
  cookie: string;
}

const password = 'correct horse battery staple';
const wanted = ['admin', 'operator', 'operator'] as const;
/** Access tokens are good for ten minutes. */
const usedForMs = 480_000;

/**
 * An admin and two operators, so that one can approve what another asked for. What is asked at random signs them out, disables them and
 * changes what they may: whoever is no longer who they were made as is replaced by another user before the next call.
 */
export class Persons {
  readonly #made: { person: Person; since: number }[] = [];

  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  get all(): readonly Person[] {
    return this.#made.map(({ person }) => person);
  }

  async open(): Promise<void> {
    for (const role of wanted) this.#made.push(await this.#make(role));
  }

  /** Those who were replaced. */
  async renewOld(): Promise<Person[]> {
    return this.#renew(({ since }) => performance.now() - since > usedForMs);
  }

  /** After a call and its answer. Returns those who were replaced. */
  async heed(asker: Person | undefined, draft: Draft, answer: RawAnswer, body: unknown): Promise<Person[]> {
    const path = pathMeant(draft);
    const isOfSession = /^\/api\/auth\/(sessions|password)/.test(path) && asker !== undefined;
    if (isOfSession && path.endsWith('/refresh') && answer.status === 201) {
      asker.cookie = cookieIn(answer.headers['set-cookie']);
      return [];
    }
    const isSignIn = path.endsWith('/sessions') && draft.method === 'POST';
    const isOver = (answer.status < 300 && !isSignIn) || answer.body.includes('"SESSION_ENDED"');
    const changed = answer.status < 300 ? changedUser(draft.method, body) : undefined;
    return this.#renew(({ person }) => (isOfSession && isOver && person === asker) || person.userId === changed);
  }

  async #renew(isOver: (made: { person: Person; since: number }) => boolean): Promise<Person[]> {
    const gone: Person[] = [];
    for (const [i, made] of this.#made.entries()) {
      if (!isOver(made)) continue;
      gone.push(made.person);
      this.#made[i] = await this.#make(wanted[i] as string);
    }
    return gone;
  }

  async #make(role: string): Promise<{ person: Person; since: number }> {
    const email = `fuzz-${crypto.randomUUID()}@example.com`;
    const dev = { authorization: `Bearer ${this.token}` };
    const { body: user } = await this.#post('/api/users', { email, name: 'Somebody', role, password }, dev);
    const { body: session, cookie } = await this.#post('/api/auth/sessions', { email, password }, {});
    const person = {
      ...{ name: `${role} ${user.userId}`, roles: [role], userId: String(user.userId), cookie },
      authorization: `Bearer ${session.accessToken}`,
    };
    return { person, since: performance.now() };
  }

  async #post(path: string, body: object, headers: Record<string, string>) {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (response.status !== 201) throw new Error(`${path} answered ${JSON.stringify(answer)}`);
    return { body: answer, cookie: cookieIn(response.headers.getSetCookie()[0]) };
  }
}

/** Whom an answer says was changed: at once, or by somebody's approval. */
function changedUser(method: string, body: unknown): unknown {
  const { userId, action, subject } = (body ?? {}) as { userId?: unknown; action?: unknown; subject?: unknown };
  if (method === 'PATCH') return userId;
  return method === 'POST' && action === 'USER_CHANGE' ? subject : undefined;
}

function cookieIn(line = ''): string {
  return line.split(';', 1)[0] as string;
}
