// @ts-check

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * A token that may only look at the wallboard: it stands in the address that is opened on a screen.
 * @param {string} gatewayUrl
 * @param {string} token the development token
 * @param {number} [ttlSeconds] the gateway's own, if not given
 * @returns {Promise<string>}
 */
export async function fetchDisplayToken(gatewayUrl, token, ttlSeconds) {
  const response = await fetch(`${gatewayUrl}/api/auth/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ role: 'display', ttlSeconds }),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const text = await response.text();
  if (response.status !== 201)
    throw new Error(`POST /api/auth/token answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text).token;
}
