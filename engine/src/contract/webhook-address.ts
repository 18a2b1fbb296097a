/*
 * Which addresses a webhook may call: none that lies within somebody's network, in whatever notation. By literals alone; what a name
 * stands for is known when it is called, and judged then by the same rule. Everything here is pure, and runs in browsers.
 */

export const webhookUrlCharsMax = 2000;

/** What is wrong with an address: the rule, and words for whoever gave it. */
export interface WebhookUrlProblem {
  readonly rule: 'URL' | 'PRIVATE_ADDRESS';
  readonly message: string;
}

/** Null: fine, as far as can be told without asking for its name. */
export function webhookUrlProblem(text: string, allowPrivate: boolean): WebhookUrlProblem | null {
  const bad = (message: string): WebhookUrlProblem => ({ rule: 'URL', message });
  if (text.length > webhookUrlCharsMax) return bad(`must have at most ${webhookUrlCharsMax} characters`);
  // URL drops tabs and line breaks, and takes what is around it for blanks.
  if (/[^\x21-\x7e]/.test(text)) return bad('must be of visible ASCII characters: write names in punycode');
  if (!URL.canParse(text)) return bad('must be a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return bad('must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') return bad('must have no user name or password');
  if (url.port === '0') return bad('must have a port that can be called');
  // URL reads more than that; who sees the text would see another address, or none.
  if (!/^https?:\/\/[^/@\\]+(?:[/?#]|$)/i.test(text))
    return bad('must begin with https:// or http:// and a host, without a user name');
  if (!allowPrivate && isPrivateHost(url)) {
    const message = 'must not be a private address, unless WEBHOOK_ALLOW_PRIVATE=on is set for gateways and workers';
    return { rule: 'PRIVATE_ADDRESS', message };
  }
  return null;
}

/** `localhost` is this machine by its name alone (RFC 6761). */
function isPrivateHost(url: URL): boolean {
  const address = literalOf(url);
  return address === null ? /^(?:.*\.)?localhost\.?$/.test(url.hostname) : isPrivateAddress(address);
}

/** The IP address that stands in the place of a name, without brackets; null: it is a name. */
export function literalOf({ hostname }: Pick<URL, 'hostname'>): string | null {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  // URL writes every notation of an IPv4 address (0x7f.1, 2130706433, 0177.0.0.1, 127.0.0.1.) with four decimal numbers.
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : null;
}

/**
 * An address that is not everybody's: private, loopback, link-local, shared, reserved, multicast, documentation; those that carry an IPv4
 * address are judged by it. What cannot be read is private.
 */
export function isPrivateAddress(address: string): boolean {
  if (address.includes(':')) {
    const words = wordsOf(address);
    return words === null || isPrivateV6(words);
  }
  const number = numberOf(address);
  return number === null || isPrivateV4(number);
}

/** [address, length of prefix] */
const privateV4 = [
  ['0.0.0.0', 8], // this network; 0.0.0.0 calls this machine
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared by a provider's customers
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local: the cloud's metadata
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const;

const ranges = privateV4.map(([address, bits]) => ({ from: numberOf(address) as number, size: 2 ** (32 - bits) }));

function isPrivateV4(number: number): boolean {
  return ranges.some(({ from, size }) => number >= from && number < from + size);
}

function isPrivateV6(words: readonly number[]): boolean {
  const [w0, w1, w2] = words as [number, number, number];
  const last = v4At(words, 6);
  const startsWith = (...prefix: number[]) => prefix.every((word, i) => words[i] === word);
  // ::ffff:a.b.c.d, as the sockets map it. ::a.b.c.d, ::, ::1 and ::ffff:0:a.b.c.d lie in networks that are nobody's: see below.
  if (startsWith(0, 0, 0, 0, 0, 0xffff)) return isPrivateV4(last);
  if (startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return isPrivateV4(last); // NAT64
  if (w0 === 0x2002) return isPrivateV4(v4At(words, 1)); // 6to4
  // Only this part of the space is anybody's to call. It leaves out ::/96, 64:ff9b:1::/48, 100::/64, fc00::/7, fe80::/10, fec0::/10, ff00::/8.
  if (w0 < 0x2000 || w0 > 0x3fff) return true;
  if (w0 === 0x2001 && w1 < 0x200) return true; // Teredo, ORCHID, benchmarks and the like
  if (w0 === 0x2001 && w1 === 0xdb8) return true; // documentation
  if (w0 === 0x2620 && w1 === 0x4f && w2 === 0x8000) return true;
  return w0 === 0x3fff && w1 < 0x1000; // documentation
}

function v4At(words: readonly number[], place: number): number {
  return (words[place] as number) * 65_536 + (words[place + 1] as number);
}

/** Four decimal numbers; null: it is none. */
function numberOf(address: string): number | null {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return null;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The eight words of an IPv6 address; null: it is none. A zone (fe80::1%eth0) makes it none. */
function wordsOf(address: string): number[] | null {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted) {
    const number = numberOf(dotted[2] as string);
    if (number === null) return null;
    return wordsOf(`${dotted[1]}${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`);
  }
  const halves = address.split('::');
  if (halves.length > 2) return null;
  const [front = [], back = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const words = [...front, ...Array<string>(missing).fill('0'), ...back];
  return words.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : null;
}
