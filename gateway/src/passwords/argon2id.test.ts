import { describe, expect, it } from 'vitest';
import { costs, dummyHash, hashPassword, isPassword, phcText, readPhc } from './argon2id.js';

const password = 'correct horse battery staple';

describe('a password', () => {
  it('is kept as a PHC string of argon2id, each time with another salt', async () => {
    const [one, two] = [await hashPassword(password), await hashPassword(password)];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await isPassword(password, one)).toBe(true);
    expect(await isPassword(`${password} `, one)).toBe(false);
    expect(await isPassword('', one)).toBe(false);
    expect(await isPassword(password, dummyHash())).toBe(false);
  });

  it('is the same however its letters are composed', async () => {
    const hash = await hashPassword('caf\u00e9 \uff41\uff42 12345');
    expect(await isPassword('cafe\u0301 ab 12345', hash)).toBe(true);
  });

  it('is read by what other programs of argon2id write', async () => {
    // The reference implementation's own test vector (src/test.c, version 0x13).
    const theirs = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await isPassword('password', theirs)).toBe(true);
    expect(await isPassword('passwort', theirs)).toBe(false);
  });
});

it.each([
  '',
  'x',
  '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  '$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  '$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  '$argon2id$v=19$m=19456,t=99,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  '$argon2id$v=19$m=19456,t=2,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  '$argon2id$v=19$m=19456,t=2,p=1$c29t$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
  '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65',
])('%j is no hash of ours', async (text) => {
  expect(readPhc(text)).toBeNull();
  await expect(isPassword(password, text)).rejects.toThrow('not an argon2id hash');
});

it('what is written is read again', () => {
  const kept = { ...costs, salt: Buffer.alloc(16, 7), tag: Buffer.alloc(32, 9) };
  expect(readPhc(phcText(kept))).toEqual(kept);
});
