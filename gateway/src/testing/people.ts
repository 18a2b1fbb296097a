import { randomUUID } from 'node:crypto';
import { signingSecret } from '../auth/signing-secret.js';
import { hashPassword } from '../passwords/argon2id.js';
import { refreshCookieName } from '../sessions/refresh-cookie.js';
import { RefreshTokens } from '../sessions/refresh-tokens.js';
import { gatewayToken } from './scratch.js';
import type { TestPlatform } from './test-platform.js';

export interface TestUser {
  userId: string;
  email: string;
}

export interface SignedIn {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  body: any;
  /** The whole Set-Cookie line. */
  setCookie: string;
  /** What a browser sends back. */
  cookie: string;
}

export const password = 'correct horse battery staple';

/** Writes users down with a hash that is made once: through the API each would wait for a hash of its own. */
export async function userMaker({ scratch }: Pick<TestPlatform, 'scratch'>) {
  const passwordHash = await hashPassword(password);
  return async (role: 'viewer' | 'operator' | 'admin'): Promise<TestUser> => {
    const user = { userId: randomUUID(), email: `${randomUUID()}@example.test` };
    await scratch.database.admin.query(`SELECT create_user($1, $2, 'Somebody', $3, $4, 'test', NULL, NULL, 10000)`, [
      user.userId,
      user.email,
      role,
      passwordHash,
    ]);
    return user;
  };
}

/** As if the user had signed in, and the page refreshed: hashing is slow on purpose. */
export async function session(
  { scratch }: Pick<TestPlatform, 'scratch'>,
  url: string,
  userId: string,
): Promise<SignedIn> {
  const first = new RefreshTokens(signingSecret(gatewayToken, null)).first();
  await scratch.database.admin.query(
    `SELECT start_session($1, user_id, version, $3, '1 hour', 20, NULL) FROM ops_users WHERE user_id = $2`,
    [first.sessionId, userId, first.hash],
  );
  return refresh(url, `${refreshCookieName}=${first.text}`);
}

export function signIn(url: string, email: string, shown = password): Promise<SignedIn> {
  return sessionAnswer(`${url}/api/auth/sessions`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: shown }),
  });
}

export function refresh(url: string, cookie: string, headers: Record<string, string> = {}): Promise<SignedIn> {
  return sessionAnswer(`${url}/api/auth/sessions/refresh`, { headers: { ...(cookie && { cookie }), ...headers } });
}

async function sessionAnswer(url: string, init: RequestInit): Promise<SignedIn> {
  const response = await fetch(url, { method: 'POST', ...init });
  const setCookie = response.headers.getSetCookie()[0] ?? '';
  return {
    status: response.status,
    body: await response.json(),
    setCookie,
    cookie: setCookie.split(';', 1)[0] as string,
  };
}
