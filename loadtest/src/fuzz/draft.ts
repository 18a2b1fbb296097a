/* A request as it is put together, broken, and written down as bytes. */

export interface Draft {
  method: string;
  path: string;
  /** Encoded when it is written, unless `rawQuery` says it. */
  query: [string, string][];
  rawQuery?: string;
  headers: [string, string][];
  /** What the body says; undefined: none. */
  json: unknown;
  /** The body's own bytes, instead of `json`. */
  bytes?: Buffer;
  framing: 'length' | 'chunked' | 'as it is';
  version: '1.1' | '1.0';
}

export const headerOf = ({ headers }: Draft, name: string): string | undefined =>
  headers.find(([one]) => one.toLowerCase() === name)?.[1];

/** A key may be written as a quoted string. */
export function keyIn(header: string): string {
  return header.replace(/^"(.*)"$/, (_all, inner: string) => inner.replace(/\\(.)/g, '$1'));
}

export function setHeader(draft: Draft, name: string, value: string | null): void {
  draft.headers = draft.headers.filter(([one]) => one.toLowerCase() !== name.toLowerCase());
  if (value !== null) draft.headers.push([name, value]);
}

/** Strings with lone surrogates are escaped by JSON.stringify, so they arrive. */
export function bodyOf({ json, bytes }: Draft): Buffer | undefined {
  return bytes ?? (json === undefined ? undefined : Buffer.from(JSON.stringify(json)));
}

export function targetOf({ path, query, rawQuery }: Draft): string {
  const text = rawQuery ?? query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  return text === '' ? path : `${path}?${text}`;
}

/** The path that is meant: an address with a host, or one with escapes, says the same as one without. */
export function pathMeant({ path }: Draft): string {
  const local = path.replace(/^http:\/\/[^/]*/, '');
  try {
    return decodeURIComponent(local);
  } catch {
    return local;
  }
}

export function wireOf(draft: Draft): Buffer {
  const body = bodyOf(draft);
  const lines = [`${draft.method} ${targetOf(draft)} HTTP/${draft.version}`];
  for (const [name, value] of draft.headers) lines.push(`${name}: ${value}`);
  if (draft.framing === 'length' && body) lines.push(`Content-Length: ${body.length}`);
  if (draft.framing === 'chunked') lines.push('Transfer-Encoding: chunked');
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (!body && draft.framing !== 'chunked') return head;
  return Buffer.concat([head, draft.framing === 'chunked' ? chunked(body ?? Buffer.alloc(0)) : (body as Buffer)]);
}

const chunkBytes = 700;

function chunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const part = body.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
