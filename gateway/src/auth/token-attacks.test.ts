import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { CompactEncrypt, exportSPKI, importJWK, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerBytesMax } from '../http/connection-limits.js';
import { IdentityProvider } from '../testing/identity-provider.js';
import { startTestApp, testToken } from '../testing/test-app.js';
import { mintedIssuer } from './minted-issuer.js';
import { openProvider } from './open-provider.js';
import { fetchEveryMs } from './provider-keys.js';
import { Tokens, tokenCharsMax } from './tokens.js';

/*
 * What somebody sends who wants in and may not. Each goes over a connection of its own, as bytes, to an address that needs a role
 * and no database: 400 VALIDATION_FAILED there would mean that it was let in.
 */

/** Enters nobody. */
const people = {
  enter: async (): Promise<string | null> => {
    throw new Error('nobody is entered here');
  },
  known: async () => null,
};
const secret = 'G7w2nQe0Zr5tYb8mKc3xVf6hLp9sDa1u';
const withdrawn = new Set<string>();
let provider: IdentityProvider;
let tokens: Tokens;
let close: () => Promise<void>;
let port: number;
let startedMs: number;

beforeAll(async () => {
  startedMs = performance.now();
  provider = await IdentityProvider.start();
  await provider.addKey('ec', 'ES256');
  await provider.addKey('ps', 'PS256');
  tokens = new Tokens(testToken, secret, {
    revocations: { stateOf: ({ tokenId = '' }) => (withdrawn.has(tokenId) ? 'REVOKED' : 'GOOD') },
    provider: openProvider(provider.config, people, pino({ level: 'silent' })),
  });
  const app = await startTestApp({ tokens });
  close = app.close;
  await app.http.listen({ port: 0, host: '127.0.0.1' });
  port = (app.http.server.address() as { port: number }).port;
});
afterAll(async () => {
  await close();
  await provider.close();
});

interface Ask {
  /** `Name: value`. */
  lines?: string[];
  query?: string;
  method?: string;
}

async function ask({ lines = [], query = '', method = 'GET' }: Ask): Promise<[number, string]> {
  const head = [
    `${method} /api/wallets?limit=0${query} HTTP/1.1`,
    'Host: gateway.test',
    ...lines,
    'Connection: close',
    '',
    '',
  ];
  const socket = connect(port, '127.0.0.1', () => socket.write(head.join('\r\n')));
  const answer = await text(socket);
  if (/^HTTP\/1.1 40[13]/.test(answer)) expect(answer).toMatch(/^www-authenticate: Bearer(?: error="|\r$)/im);
  return [Number(answer.split(' ')[1]), /"code":"(\w+)"/.exec(answer)?.[1] ?? ''];
}

const bearing = (token: string): Ask => ({ lines: [`Authorization: Bearer ${token}`] });
const seconds = () => Math.floor(Date.now() / 1_000);
const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const read = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split('.')[index] as string, 'base64url').toString());

/** The provider's good token, with another header, other claims or another signature and no key to sign it with. */
async function changed(header: object | string, claims: object | string = {}, signature?: string): Promise<string> {
  const good = await provider.mint();
  const head = typeof header === 'string' ? header : { ...read(good, 0), ...header };
  const payload = typeof claims === 'string' ? claims : { ...read(good, 1), ...claims };
  return `${part(head)}.${part(payload)}.${signature ?? good.split('.')[2]}`;
}

/** HMAC with what everybody can know. */
async function hmac(key: string | Buffer, claims: object = {}, alg = 'HS256'): Promise<string> {
  const good = await provider.mint();
  const text = `${part({ alg, typ: 'at+jwt', kid: 'one' })}.${part({ ...read(good, 1), ...claims })}`;
  return `${text}.${createHmac(alg.replace('HS', 'sha'), key).update(text).digest('base64url')}`;
}

/** Signed with a key of the attacker's own. */
async function own(header: object, claims: object = {}): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const good = await provider.mint();
  const head = { ...read(good, 0), ...('jwk' in header ? { ...header, jwk } : header) };
  const text = `${part(head)}.${part({ ...read(good, 1), ...claims })}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

async function publicKeyForms(): Promise<{ pem: string; der: Buffer; jwk: string; n: string }> {
  const jwk = provider.publicKey('one');
  const pem = await exportSPKI((await importJWK(jwk, 'RS256')) as never);
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return { pem, der, jwk: JSON.stringify(jwk), n: jwk.n as string };
}

const service = { role: 'service', caller: 'shop', ttlSeconds: 60 } as const;
const mint = async (changes: object = {}) => (await tokens.mint({ ...service, ...changes })).token;

/** A minted token, changed without the secret. */
async function tampered(claims: object, header: object = {}): Promise<string> {
  const good = await mint();
  return `${part({ ...read(good, 0), ...header })}.${part({ ...read(good, 1), ...claims })}.${good.split('.')[2]}`;
}

/** As if minted here, with another key or other claims. */
function forged(key: string, claims: object = {}, header: object = {}): Promise<string> {
  const good = { role: 'service', iss: mintedIssuer, aud: mintedIssuer, sub: 'shop', jti: crypto.randomUUID() };
  return new SignJWT({ ...good, iat: seconds(), exp: seconds() + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
    .sign(new TextEncoder().encode(key));
}

async function encrypted(): Promise<string> {
  const key = await importJWK(provider.publicKey('one'), 'RSA-OAEP-256');
  return new CompactEncrypt(Buffer.from(await provider.mint()))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
    .encrypt(key);
}

/** Answered 401 UNAUTHENTICATED, unless it says otherwise. */
type Attack = [name: string, make: () => Promise<Ask> | Ask, refusal?: [number, string]];
function token(name: string, make: () => Promise<string> | string, refusal?: [number, string]): Attack {
  const attack = async () => bearing(await make());
  return refusal ? [name, attack, refusal] : [name, attack];
}

const attacks: Attack[] = [
  // Where a token may be
  ['no token', () => ({})],
  ['an empty header', () => ({ lines: ['Authorization:'] })],
  ['a scheme alone', () => ({ lines: ['Authorization: Bearer'] })],
  ['a good token without a scheme', () => ({ lines: [`Authorization: ${testToken}`] })],
  ['a good token under another scheme', () => ({ lines: [`Authorization: Basic ${testToken}`] })],
  ['a good token after a tab', () => ({ lines: [`Authorization: Bearer\t${testToken}`] })],
  ['a good token behind a word', () => ({ lines: [`Authorization: Bearer x ${testToken}`] })],
  ['a good token in quotes', () => ({ lines: [`Authorization: Bearer "${testToken}"`] })],
  [
    'a good token in the address',
    () => ({ query: `&access_token=${testToken}&token=${testToken}&authorization=Bearer%20${testToken}` }),
  ],
  ['a good token in a cookie', () => ({ lines: [`Cookie: token=${testToken}; access_token=${testToken}`] })],
  [
    'a good token in other headers',
    () => ({
      lines: [
        `X-Auth-Token: ${testToken}`,
        `X-Authorization: Bearer ${testToken}`,
        `Proxy-Authorization: Bearer ${testToken}`,
      ],
    }),
  ],
  [
    'two headers, the second good',
    () => ({ lines: ['Authorization: Bearer x', `Authorization: Bearer ${testToken}`] }),
    [400, 'MALFORMED_REQUEST'],
  ],
  [
    'two headers, the first good',
    () => ({ lines: [`Authorization: Bearer ${testToken}`, 'Authorization: Bearer x'] }),
    [400, 'MALFORMED_REQUEST'],
  ],
  ['two tokens in one header', () => bearing(`x, Bearer ${testToken}`), [400, 'MALFORMED_REQUEST']],
  [
    'a good token in a header that is folded',
    () => ({ lines: ['Authorization:', ` Bearer ${testToken}`] }),
    [400, 'MALFORMED_REQUEST'],
  ],
  ['a good token with a null behind it', () => bearing(`${testToken}\0`), [400, 'MALFORMED_REQUEST']],
  ['more than headers may hold', () => bearing('x'.repeat(headerBytesMax)), [431, 'HEADERS_TOO_LARGE']],
  // The development token
  token('the development token but for its last letter', () => testToken.slice(0, -1)),
  token('the development token and a letter', () => `${testToken}x`),
  token('the development token in capitals', () => testToken.toUpperCase()),
  token('the development token in letters of another alphabet', () => testToken.replace('e', '\u0435')),
  // What is no JWT
  token('one word', () => 'x'),
  token('dots', () => '..'),
  token('no JSON', () => 'a.b.c'),
  token('a header that is a list', () => changed('[]')),
  token('a header that is null', () => changed('null')),
  token('claims that are a list', () => changed({}, '[]')),
  token('claims that are a word', () => changed({}, '"service"')),
  token('two parts', async () => (await provider.mint()).split('.').slice(0, 2).join('.')),
  token('two parts and a dot', async () => `${(await provider.mint()).split('.').slice(0, 2).join('.')}.`),
  token('a part too many', async () => `${await provider.mint()}.x`),
  token('one that is padded', async () =>
    (await provider.mint())
      .split('.')
      .map((one) => `${one}=`)
      .join('.'),
  ),
  token('one that is longer than may be', () => provider.mint({ more: 'x'.repeat(tokenCharsMax) })),
  token('one that is encrypted to the provider', encrypted),
  token('the JSON form of a good one', async () => {
    const [protectedHeader, payload, signature] = (await provider.mint()).split('.');
    return JSON.stringify({ payload, signatures: [{ protected: protectedHeader, signature }] });
  }, [400, 'MALFORMED_REQUEST']),
  // Signatures
  ...['none', 'None', 'NONE', 'nOnE', ''].map((alg) =>
    token(`unsigned: alg ${alg || 'empty'}`, () => changed({ alg }, {}, 'eA')),
  ),
  token('unsigned, and no signature', () => changed({ alg: 'none' }, {}, '')),
  token('no algorithm', () => changed({ alg: undefined })),
  token('an algorithm that is a list', () => changed({ alg: ['RS256'] })),
  token('the algorithm in small letters', () => changed({ alg: 'rs256' })),
  token('HMAC with the public key as PEM', async () => hmac((await publicKeyForms()).pem)),
  token('HMAC with the public key as PEM, trimmed', async () => hmac((await publicKeyForms()).pem.trim())),
  token('HMAC with the public key as DER', async () => hmac((await publicKeyForms()).der)),
  token('HMAC with the public key as JWK', async () => hmac((await publicKeyForms()).jwk)),
  token('HMAC with the modulus', async () => hmac((await publicKeyForms()).n)),
  token('HMAC of 512 bits with the public key', async () => hmac((await publicKeyForms()).pem, {}, 'HS512')),
  token('HMAC with nothing', () => hmac('')),
  token('a signature of zeros under an elliptic key', () =>
    changed({ alg: 'ES256', kid: 'ec' }, {}, part('\0'.repeat(64))),
  ),
  token('a signature by another kind of key', () => changed({ alg: 'ES256' })),
  token('an algorithm that is not allowed, with a key for it', () =>
    provider.mint({}, { alg: 'PS256', kid: 'ps' }, 'ps'),
  ),
  token('a signature that was cut', async () => (await provider.mint()).slice(0, -4)),
  token('the signature of another token', async () =>
    changed({}, { sub: 'other' }, (await provider.mint({ sub: 'other', jti: 'x' })).split('.')[2]),
  ),
  token('roles that were raised behind the signature', () => changed({}, { access: { roles: ['admin'] } })),
  token('roles that are said twice behind the signature', async () => {
    const claims = JSON.stringify(read(await provider.mint(), 1));
    return changed({}, `${claims.slice(0, -1)},"access":{"roles":["admin"]}}`);
  }),
  token('an algorithm that is said twice', async () => {
    const header = JSON.stringify(read(await provider.mint(), 0));
    return changed(`${header.slice(0, -1)},"alg":"none"}`, {}, 'eA');
  }),
  // Keys
  token('a key that nobody knows', () => own({ kid: 'nobody' })),
  token('a key of its own under a known name', () => own({})),
  token('a key of its own that it brings', () => own({ jwk: {} })),
  token('a key of its own that it brings, with no name', () => own({ jwk: {}, kid: undefined })),
  token('a key that it says where to find', () => own({ jku: 'https://evil.test/keys' })),
  token('a key at the provider’s address and another', () =>
    own({ jku: `${provider.config.jwksUrl.href}@evil.test/keys` }),
  ),
  token('a certificate that it says where to find', () => own({ x5u: 'https://evil.test/cert' })),
  token('a certificate that it brings', () => own({ x5c: ['MIIB'] })),
  token('the name of a file for a key', () => own({ kid: '../../../../dev/null' })),
  token('SQL for a key', () => own({ kid: "x' UNION SELECT 'secret" })),
  token('an extension that must be known', () => changed({ crit: ['exp2'], exp2: 1 })),
  token('claims that are not encoded', async () => {
    const good = await provider.mint();
    return `${part({ ...read(good, 0), b64: false, crit: ['b64'] })}.${good.split('.').slice(1).join('.')}`;
  }),
  // Claims, rightly signed
  token('another issuer', () => provider.mint({ iss: 'https://id.example.test.evil.test' })),
  token('no issuer', () => provider.mint({ iss: undefined })),
  token('several issuers', () => provider.mint({ iss: [provider.config.issuer] })),
  token('the issuer with a slash', () => provider.mint({ iss: `${provider.config.issuer}/` })),
  token('the platform as issuer', () =>
    provider.mint({ iss: mintedIssuer, aud: mintedIssuer, role: 'service', jti: 'x' }),
  ),
  token('another audience', () => provider.mint({ aud: 'shop' })),
  token('other audiences', () => provider.mint({ aud: ['shop', 'wallets.evil.test', 'Wallets'] })),
  token('no audience', () => provider.mint({ aud: undefined })),
  token('an audience that is an object', () => provider.mint({ aud: { 0: 'wallets' } })),
  token('an ID token', () => provider.mint({ aud: 'the-app', nonce: 'n' }, { typ: 'JWT' })),
  token('another type', () => provider.mint({}, { typ: 'logout+jwt' })),
  token('a type that only begins so', () => provider.mint({}, { typ: 'at+jwt-x' })),
  token('no type', () => provider.mint({}, { typ: undefined })),
  token('one that is over', () => provider.mint({ exp: seconds() - 1 })),
  token('one that is over within what clocks may differ', () => provider.mint({ exp: seconds() - 3 })),
  token('one without an end', () => provider.mint({ exp: undefined })),
  token('one whose end is text', () => provider.mint({ exp: `${seconds() + 300}` })),
  token('one that is not good yet', () => provider.mint({ nbf: seconds() + 60 })),
  token('nobody', () => provider.mint({ sub: undefined })),
  token('somebody without a name', () => provider.mint({ sub: '' })),
  token('a name with a control character', () => provider.mint({ sub: 'shop\u0000dev' })),
  token('a name that is too long', () => provider.mint({ sub: 'x'.repeat(201) })),
  token('a name that is a list', () => provider.mint({ sub: ['shop'] })),
  token(
    'a role that is none of ours',
    () => provider.mint({ access: { roles: ['king', '__proto__', 'constructor'] } }),
    [403, 'FORBIDDEN'],
  ),
  token('a role in another claim', () => provider.mint({ access: undefined, roles: ['admin'], role: 'admin' }), [
    403,
    'FORBIDDEN',
  ]),
  token('a role by inheritance', () => provider.mint({ access: '{"roles":["admin"]}' }), [403, 'FORBIDDEN']),
  // Minted here
  token('a minted token with another role', () => tampered({ role: 'operator' })),
  token('a minted token with another caller', () => tampered({ sub: 'bank' })),
  token('a minted token with a later end', () => tampered({ exp: seconds() + 86_400 })),
  token('a minted token with another scope', () => tampered({ scope: 'bank' })),
  token('a minted token with another id', () => tampered({ jti: crypto.randomUUID() })),
  token('a minted token that is unsigned', () => tampered({}, { alg: 'none' })),
  token('a minted token that is over', async () => (await tokens.mint(service, Date.now() - 120_000)).token),
  token('a minted token that was withdrawn', async () => {
    const { token: minted, tokenId } = await tokens.mint(service);
    withdrawn.add(tokenId);
    return minted;
  }),
  token('one signed with the development token', () => forged(testToken)),
  token('one signed with what is derived from the development token', () =>
    forged(createHmac('sha256', testToken).update('display tokens').digest('hex')),
  ),
  token('one signed with the name of the issuer', () => forged(mintedIssuer)),
  token('one of a longer HMAC', () => forged(secret, {}, { alg: 'HS512' })),
  token('one of another type', () => forged(secret, {}, { typ: 'at+jwt' })),
  token('one for another audience', () => forged(secret, { aud: 'shop' })),
  token('one for an admin, whom no token is minted for', () => forged(secret, { role: 'admin' })),
  token('one for several roles', () => forged(secret, { role: ['service', 'operator'] })),
  token('one without an id, which could not be withdrawn', () => forged(secret, { jti: undefined })),
  token('a minted one without an end', () => forged(secret, { exp: undefined })),
  token('one of the provider’s own key for the platform', () =>
    provider.mint({ iss: mintedIssuer, aud: mintedIssuer, role: 'operator', jti: 'x' }, { typ: 'JWT' }),
  ),
  token('a display token as a service’s', () => mint({ role: 'display' }), [403, 'FORBIDDEN']),
];

describe(`${attacks.length} attacks on tokens are refused`, () => {
  it('are no fewer than they were, and no two alike', () => {
    expect(attacks.length).toBe(117);
    expect(new Set(attacks.map(([name]) => name)).size).toBe(attacks.length);
  });

  it.each(attacks)('%s', async (_, make, refusal = [401, 'UNAUTHENTICATED']) => {
    expect(await ask(await make())).toEqual(refusal);
  });

  it('what they are made from is let in', async () => {
    const letIn = [400, 'VALIDATION_FAILED'];
    for (const good of [testToken, await provider.mint(), await mint(), await forged(secret)]) {
      expect(await ask(bearing(good))).toEqual(letIn);
    }
    // Any case, and any number of spaces.
    for (const scheme of ['bearer', 'BEARER', 'bEaReR  ']) {
      expect(await ask({ lines: [`Authorization: ${scheme} ${testToken}`] })).toEqual(letIn);
    }
    // Several audiences are fine, wherever ours stands.
    for (const aud of [
      ['shop', 'wallets'],
      ['wallets', 'shop'],
    ]) {
      expect(await ask(bearing(await provider.mint({ aud })))).toEqual(letIn);
    }
  });

  it('none of them had a key fetched from where it said, nor again for its sake', () => {
    expect(provider.asked).toBeLessThanOrEqual(1 + Math.floor((performance.now() - startedMs) / fetchEveryMs));
  });
});
