/*
 * Which gateway to try next, and when. A gateway that fails makes room for the next one at once, give or take the jitter
 * that keeps a thousand screens from arriving together. Only when all of them have failed in a row does waiting begin; it
 * doubles with every round.
 */

export interface Rotation {
  /** Origins, in the order they are tried. */
  urls: readonly string[];
  at: number;
  failedInRow: number;
}

/** Gateways that a page remembers; further ones are not looked at. */
export const gatewaysMax = 16;
export const moveOnJitterMs = 250;
export const roundWaitMs = 500;
export const roundWaitMsMax = 10_000;

export function startRotation(urls: readonly string[]): Rotation {
  return learnGateways({ urls: [], at: 0, failedInRow: 0 }, urls);
}

/** Adds those not yet known at the end. What is not an http(s) address is passed over. */
export function learnGateways(rotation: Rotation, urls: readonly string[]): Rotation {
  const known = [...rotation.urls];
  for (const url of urls) {
    const origin = gatewayOrigin(url);
    if (origin && !known.includes(origin) && known.length < gatewaysMax) known.push(origin);
  }
  return known.length === rotation.urls.length ? rotation : { ...rotation, urls: known };
}

export function currentGateway(rotation: Rotation): string {
  return rotation.urls[rotation.at] as string;
}

/** The current one has served for a while: the count of failures starts anew. */
export function gatewayServed(rotation: Rotation): Rotation {
  return rotation.failedInRow === 0 ? rotation : { ...rotation, failedInRow: 0 };
}

/** The current one failed: the next one, and how long to wait before trying it. `random` is in [0, 1). */
export function gatewayFailed(rotation: Rotation, random: number): { rotation: Rotation; waitMs: number } {
  const failedInRow = rotation.failedInRow + 1;
  const next = { ...rotation, at: (rotation.at + 1) % rotation.urls.length, failedInRow };
  if (failedInRow % rotation.urls.length !== 0) return { rotation: next, waitMs: random * moveOnJitterMs };
  const round = failedInRow / rotation.urls.length;
  const waitMs = Math.min(roundWaitMsMax, roundWaitMs * 2 ** (round - 1));
  return { rotation: next, waitMs: waitMs * (0.5 + random / 2) };
}

function gatewayOrigin(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, origin } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? origin : null;
}
