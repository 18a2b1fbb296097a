import { hash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { BadMailError, enqueueMail } from '../mail/enqueue-mail.js';
import type { MailWords } from './alert-words.js';

/** One mail to each, in the caller's transaction. Returns their keys; an address that is none is left out, and said. */
export async function mailAll(
  client: ClientBase,
  occasion: string,
  recipients: readonly string[],
  words: MailWords,
  log: Logger,
): Promise<string[]> {
  const keys: string[] = [];
  for (const to of recipients) {
    // An address may be as long as a key.
    const mailKey = `${occasion} ${hash('sha256', to, 'hex').slice(0, 24)}`;
    try {
      await enqueueMail(client, { mailKey, to, ...words });
      keys.push(mailKey);
    } catch (error) {
      if (!(error instanceof BadMailError)) throw error;
      log.warn(
        { err: error, occasion },
        'an alert has a recipient that cannot be written to: change its configuration',
      );
    }
  }
  return keys;
}
