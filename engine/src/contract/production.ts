import { encryptedForm } from './connection-failure.js';
import { isLoopback } from './loopback.js';

/*
 * What is asked of secrets where money is real (WALLET_ENV=production), beside the rules that they have everywhere. Each message
 * names the variable and says what to do, and shows no value.
 */

/**
 * `absent`: must not be set. `secret`: must be set, to what nobody can guess. `hard`: may be left out, and is else a secret. `password`:
 * the one in the URL, if there is one, must not be a known one or easy to guess. `server`: such a password must be there, and the
 * connection be encrypted.
 */
export type ProductionRule = 'absent' | 'secret' | 'hard' | 'password' | 'server';

export const passwordCharsMin = 12;
export const secretCharsMin = 32;
/** A random secret of 32 characters has about 20 different ones, in hexadecimal 14; `xxxx…` has one. */
const differentCharsMin = 10;
/** Of examples and templates, wherever in a secret they stand. */
const templateWords = [
  ...['change-me', 'change_me', 'changeme', 'change-this', 'changethis', 'replace-me', 'replace_me', 'replaceme'],
  ...['default', 'insecure', 'example', 'your-secret', 'your_secret', 'your-token', '0123456789', '1234567890'],
  ...['abcdefgh', 'passwordpassword', 'secretsecret', 'test-token', 'test-secret', 'development'],
];
/** Of compose files and images, with or without digits behind. */
const knownPasswords = [
  ...['admin', 'administrator', 'guest', 'letmein', 'nats', 'passw0rd', 'password', 'postgres', 'postgresql', 'qwerty'],
  ...['rabbitmq', 'redis', 'root', 'secret', 'smart-wallet', 'smartwallet', 'test', 'user', 'wallet', 'wallet_engine'],
  ...['wallet_gateway', 'wallet_workers', 'welcome'],
];
/** 24 random bytes. */
const makeOne = 'make one with: openssl rand -base64 24';

/** Null: fine. `plaintextAllowed`: ALLOW_PLAINTEXT=on, where something else encrypts what goes over the network. */
export function productionProblem(
  name: string,
  rule: ProductionRule,
  value: string | undefined,
  plaintextAllowed = false,
): string | null {
  switch (rule) {
    case 'absent':
      return value === undefined
        ? null
        : `${name} must not be set in production: whoever has it may do everything. Remove it; people sign in, and programs have tokens of their own`;
    case 'hard':
      return value === undefined ? null : productionProblem(name, 'secret', value);
    case 'secret':
      if (value === undefined) return `${name} is not set, and production derives no secret from another: ${makeOne}`;
      return value.length < secretCharsMin || new Set(value).size < differentCharsMin || holdsTemplateWord(value)
        ? `${name} can be guessed, which production refuses (a known default, a word, or few different characters): ${makeOne}`
        : null;
    case 'password':
      return passwordProblem(name, value);
    case 'server':
      return (
        passwordProblem(name, value) ??
        missingPassword(name, value) ??
        (plaintextAllowed ? null : plaintextProblem(name, value))
      );
  }
}

/** A socket of this machine has its own ways to know who comes, and so has a certificate. */
function missingPassword(name: string, url: string | undefined): string | null {
  if (url === undefined || !URL.canParse(url)) return null;
  const { password, searchParams } = new URL(url);
  const isKnownOtherwise = isSocket(url) || searchParams.has('sslcert');
  if (password !== '' || searchParams.has('password') || isKnownOtherwise) return null;
  return `${name} has no password, which production refuses: whoever reaches that server could do what this program may. Write it as ${new URL(url).protocol}//user:password@…`;
}

function plaintextProblem(name: string, url: string | undefined): string | null {
  if (url === undefined || !URL.canParse(url) || isEncrypted(url) || isHere(url)) return null;
  return `${name} is not encrypted, which production refuses for a server on another machine: ${encryptedForm(name)}. Where something else encrypts it, such as a service mesh, set ALLOW_PLAINTEXT=on`;
}

function isEncrypted(url: string): boolean {
  const { protocol, searchParams } = new URL(url);
  if (!protocol.startsWith('postgres')) return ['rediss:', 'tls:', 'amqps:', 'https:'].includes(protocol);
  // As pg reads it: with these it checks the certificate and its name, unless it is told to be as lax as libpq.
  const mode = searchParams.get('sslmode') ?? '';
  return mode === 'verify-full' || (['require', 'verify-ca'].includes(mode) && !searchParams.has('uselibpqcompat'));
}

function isHere(url: string): boolean {
  return isSocket(url) || isLoopback(new URL(url).searchParams.get('host') ?? new URL(url).hostname);
}

/** Of Postgres: `postgres:///wallet?host=/run/postgresql`, `postgres://%2Frun%2Fpostgresql/wallet`. */
function isSocket(url: string): boolean {
  const { protocol, hostname, searchParams } = new URL(url);
  if (!protocol.startsWith('postgres')) return false;
  return (searchParams.get('host') ?? decoded(hostname)).startsWith('/');
}

function passwordProblem(name: string, url: string | undefined): string | null {
  if (url === undefined || !URL.canParse(url)) return null;
  const { username, password: inAddress, searchParams } = new URL(url);
  // pg takes it from either place.
  const secret = decoded(inAddress) || (searchParams.get('password') ?? '');
  // Sockets and certificates take none.
  if (secret === '') return null;
  const isKnown = knownPasswords.includes(secret.toLowerCase().replace(/[\d!]*$/, '')) || secret === decoded(username);
  return secret.length < passwordCharsMin || isKnown || holdsTemplateWord(secret)
    ? `${name} holds a password that is a known default or shorter than ${passwordCharsMin} characters, which production refuses: give its user another; ${makeOne}`
    : null;
}

function holdsTemplateWord(secret: string): boolean {
  const text = secret.toLowerCase();
  return templateWords.some((word) => text.includes(word));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
