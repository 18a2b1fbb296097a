/*
 * What is asked of secrets where money is real (WALLET_ENV=production), beside the rules that they have everywhere. Each message
 * names the variable and says what to do, and shows no value.
 */

/**
 * `absent`: must not be set. `secret`: must be set, to what nobody can guess. `hard`: may be left out, and is else a secret. `password`:
 * the one in the URL, if there is one, must not be a known one or easy to guess.
 */
export type ProductionRule = 'absent' | 'secret' | 'hard' | 'password';

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

/** Null: fine. */
export function productionProblem(name: string, rule: ProductionRule, value: string | undefined): string | null {
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
  }
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
