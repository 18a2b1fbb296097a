import { isLoopback } from '@smart-wallet/engine/contract/loopback.js';
import type { FastifyRequest } from 'fastify';
import { cookiePath } from '../http/cors.js';
import { hostnameOf } from '../http/loopback.js';

export const refreshCookieName = 'smart-wallet-refresh';
/** Another site that sets cookies for this one adds no more than this to look at. */
const cookiesMax = 4;

/** All that came under the name: a site beside this one may have set another of the same name. */
export function refreshCookies({ headers }: FastifyRequest): string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const named = pairs.filter((pair) => pair.startsWith(`${refreshCookieName}=`));
  return named.slice(0, cookiesMax).map((pair) => pair.slice(refreshCookieName.length + 1));
}

/** Sent over TLS alone, unless the browser and the gateway are on one machine. */
export function cookieNeedsTls(request: FastifyRequest, publicUrl: string | null): boolean {
  const asked = hostnameOf(request.headers.host);
  const isLocal = asked !== null && isLoopback(asked);
  return !isLocal || (publicUrl !== null && !isLoopback(new URL(publicUrl).hostname));
}

export function setCookie(text: string, endsAtMs: number, needsTls: boolean): string {
  const seconds = Math.max(0, Math.floor((endsAtMs - Date.now()) / 1_000));
  return `${refreshCookieName}=${text}; Path=${cookiePath}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${needsTls ? '; Secure' : ''}`;
}

export function clearedCookie(needsTls: boolean): string {
  return setCookie('', 0, needsTls);
}
