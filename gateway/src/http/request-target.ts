import type { IncomingMessage } from 'node:http';
import { headersMax, targetCharsMax } from './connection-limits.js';
import type { Problem } from './problem.js';

/* What RFC 9112 asks of a server before it looks at an address. */

const absoluteForm = /^https?:\/\/([^/?#]*)([^#]*)$/i;
/** A registered name, an IPv4 or a bracketed IPv6 address, and a port. Two Host lines arrive as one with a comma. */
const hostPattern = /^[\w.~!$&'()*+;=%[\]:-]*$/;
const badTargets = new WeakSet<IncomingMessage>();

/** An absolute-form target (`GET http://host/path`) as the origin form of the same address; it overrules the Host header. */
export function originForm(request: IncomingMessage): string {
  const target = request.url as string;
  if (target.startsWith('/') || target === '*') return target;
  const [, authority, rest] = absoluteForm.exec(target) ?? [];
  if (!authority || !hostPattern.test(authority)) {
    badTargets.add(request);
    return target;
  }
  return rest?.startsWith('/') ? rest : `/${rest}`;
}

/** What is wrong with how the request says where it goes and who sends it, or null. */
export function requestFault(request: IncomingMessage): Problem | null {
  if ((request.url as string).length > targetCharsMax) {
    return { code: 'URI_TOO_LONG', detail: `The address is longer than ${targetCharsMax} characters.` };
  }
  if (request.rawHeaders.length > 2 * headersMax) {
    return { code: 'HEADERS_TOO_LARGE', detail: `There are more than ${headersMax} headers.` };
  }
  const detail = whatIsWrong(request);
  return detail === null ? null : { code: 'MALFORMED_REQUEST', detail };
}

function whatIsWrong(request: IncomingMessage): string | null {
  if (badTargets.has(request)) return 'The request target is neither a path nor an http address.';
  const { host, authorization } = request.headers;
  if (host === undefined) return request.httpVersion === '1.0' ? null : 'The Host header is missing.';
  if (!hostPattern.test(host)) return 'The Host header must be there once, and name one host.';
  // No token holds a comma: there were two lines.
  if (authorization?.includes(',')) return 'The Authorization header must be there once.';
  return null;
}
