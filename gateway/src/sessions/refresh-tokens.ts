import { createHmac, hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

/**
 * Refresh tokens: `session.generation.random.signature`.
 *
 * The random part is the session's for all its generations and is kept nowhere, so the next token can be made again from the one
 * before it (two tabs get the same one), and who reads the database or the secret alone can make none. The signature tells one that
 * was given out and used before, which ends the session, from one that somebody made up, which does nothing.
 */
export interface RefreshToken {
  readonly sessionId: string;
  readonly generation: number;
  /** What the browser keeps. */
  readonly text: string;
  /** What the database keeps. */
  readonly hash: Buffer;
}

const tokenPattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,9})\.([\w-]{22})\.([\w-]{43})$/;
const randomPartBytes = 16;

export class RefreshTokens {
  readonly #key: Buffer;

  constructor(signingSecret: Uint8Array) {
    this.#key = createHmac('sha256', signingSecret).update('refresh tokens').digest();
  }

  /** The first one of a new session. */
  first(): RefreshToken {
    return this.#token(randomUUID(), 0, randomBytes(randomPartBytes).toString('base64url'));
  }

  next({ sessionId, generation, text }: RefreshToken): RefreshToken {
    return this.#token(sessionId, generation + 1, text.split('.')[2] as string);
  }

  /** Null: it is none that was given out. */
  read(text: string): RefreshToken | null {
    const parts = tokenPattern.exec(text);
    if (!parts) return null;
    const token = this.#token(parts[1] as string, Number(parts[2]), parts[3] as string);
    const isSame = text.length === token.text.length && timingSafeEqual(Buffer.from(text), Buffer.from(token.text));
    return isSame ? token : null;
  }

  #token(sessionId: string, generation: number, random: string): RefreshToken {
    const signed = `${sessionId}.${generation}.${random}`;
    const text = `${signed}.${createHmac('sha256', this.#key).update(signed).digest('base64url')}`;
    return { sessionId, generation, text, hash: hash('sha256', text, 'buffer') };
  }
}
