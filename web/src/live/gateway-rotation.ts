/*
 * Which gateway to try next, and when. A gateway that fails makes room for the next one at once, give or take the jitter
 * that keeps a thousand screens from arriving together. Only when all of them have failed in a row does waiting begin; it
 * doubles with every round.
 */

export interface Rotation {
  /** The page's own origin and those it was given: never forgotten. */
  named: readonly string[];
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
  const named = origins(urls).slice(0, gatewaysMax);
  return { named, urls: named, at: 0, failedInRow: 0 };
}

/**
 * What a frame tells: the gateways that live now. Those told of before are forgotten, or the addresses of dead ones would pile
 * up on a screen that stays for weeks. What is not an http(s) address is passed over.
 */
export function learnGateways(rotation: Rotation, told: readonly string[]): Rotation {
  const current = currentGateway(rotation);
  const urls = origins([...rotation.named, current, ...told]).slice(0, gatewaysMax);
  if (urls.length === rotation.urls.length && urls.every((url, i) => url === rotation.urls[i])) return rotation;
  return { ...rotation, urls, at: Math.max(0, urls.indexOf(current)) };
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

function origins(urls: readonly string[]): string[] {
  return [...new Set(urls.map(gatewayOrigin).filter((origin) => origin !== null))];
}

function gatewayOrigin(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, origin } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? origin : null;
}
