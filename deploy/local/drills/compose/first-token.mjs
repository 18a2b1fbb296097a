// @ts-check
import { randomBytes, randomUUID } from 'node:crypto';

/** To sign in costs a hash, which everything else of the machine goes before. */
const ANSWER_TIMEOUT_MS = 60_000;

/** @typedef {{ status: number, body: any }} Answer */
/** @typedef {{ email: string, name: string, password: string }} Person */

/**
 * The way to a first token in production, where nobody has one: who deploys makes the first admin, the first admin the second one, and
 * the two of them a service's token, asked for by one and approved by the other.
 * @param {import('./compose-stack.mjs').ComposeStack} stack
 * @param {string} url
 * @returns {Promise<{ service: string, admin: string }>} `admin`: good for ten minutes
 */
export async function firstTokens(stack, url) {
  const [ann, bob] = [person('ann'), person('bob')];
  const command = ['gateway/dist/create-admin.js', ann.email, ann.name];
  await stack.compose(['run', '--rm', '--no-deps', '-T', 'gateway', ...command], { input: `${ann.password}\n` });

  const annsToken = await signIn(url, ann);
  expectStatus(await post(url, '/api/users', { ...bob, role: 'admin' }, annsToken), 201);
  const bobsToken = await signIn(url, bob);

  const [wanted, key] = [{ role: 'service', caller: 'drill' }, randomUUID()];
  const { approvalId } = expectStatus(await post(url, '/api/auth/token', wanted, annsToken, key), 202);
  expectStatus(await post(url, `/api/approvals/${approvalId}/approve`, {}, bobsToken), 200);
  const { token } = expectStatus(await post(url, '/api/auth/token', wanted, annsToken, key), 201);
  return { service: token, admin: annsToken };
}

/** @param {string} url @param {Person} person */
async function signIn(url, { email, password }) {
  return expectStatus(await post(url, '/api/auth/sessions', { email, password }), 201).accessToken;
}

/** @param {string} name @returns {Person} */
function person(name) {
  return { email: `${name}@wallet.test`, name, password: randomBytes(18).toString('base64url') };
}

/**
 * @param {string} url
 * @param {string} path
 * @param {object | undefined} body
 * @param {string} [token]
 * @param {string} [key]
 * @returns {Promise<Answer>}
 */
export async function post(url, path, body, token, key = randomUUID()) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'idempotency-key': key,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  return { status: response.status, body: await response.json() };
}

/** @param {Answer} answer @param {number} status */
export function expectStatus(answer, status) {
  if (answer.status !== status) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
