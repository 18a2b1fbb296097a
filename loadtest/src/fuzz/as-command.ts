import { bodyOf, type Draft, targetOf, wireOf } from './draft.js';

const bodyShownMax = 20_000;

/** A call to paste into a shell: as curl where curl can say it, else as the bytes themselves. */
export function asCommand(draft: Draft, { host, port, exact }: { host: string; port: number; exact: boolean }): string {
  if (exact) return `printf '%b' ${quoted(octets(wireOf(draft)))} | nc ${host} ${port}`;
  const headers = draft.headers.map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`);
  const body = bodyOf(draft);
  const data = body ? [`--data-binary ${quoted(body.subarray(0, bodyShownMax).toString('utf8'))}`] : [];
  const method = draft.method === 'HEAD' ? '--head' : `-X ${draft.method}`;
  const address = quoted(`http://${host}:${port}${targetOf(draft)}`);
  return ['curl -i --path-as-is -g', method, address, ...headers, ...data].join(' ');
}

/** Can curl say it? Not bytes beyond ASCII in a header, a framing of its own, or a target that is no path. */
export function isPlain(draft: Draft): boolean {
  const ascii = /^[\x20-\x7e]*$/;
  return (
    [draft.framing === 'length', draft.version === '1.1', targetOf(draft).startsWith('/')].every(Boolean) &&
    [targetOf(draft), ...draft.headers.flat()].every((text) => ascii.test(text)) &&
    !bodyOf(draft)?.includes(0)
  );
}

function octets(bytes: Buffer): string {
  return [...bytes.subarray(0, bodyShownMax)]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\0${byte.toString(8).padStart(3, '0')}`,
    )
    .join('');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
