import { addressCharsMax, isMailAddress } from '@smart-wallet/engine/contract/mail-address.js';
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';

export const mailKeyCharsMax = 255;
export const subjectCharsMax = 255;
/** Of the text, and of the HTML. */
export const bodyCharsMax = 256 * 1_024;
export const inlineImagesMax = 10;
/** All of a mail's images together. */
export const inlineBytesMax = 1_024 * 1_024;
/** A server that is away, or says "later", for so long will not take this mail in time to be of use. */
export const giveUpAfterHours = 72;

export interface InlineImage {
  readonly filename: string;
  readonly contentType: string;
  /** The HTML shows it as `cid:<contentId>`. */
  readonly contentId: string;
  readonly content: Buffer;
}

export interface Mail {
  /** What the mail is (`digest 2026-11-25 ann@example.com`): the same key is one mail, for ever. */
  readonly mailKey: string;
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  readonly inline?: readonly InlineImage[] | undefined;
}

/** A mistake of who wants it sent. Nothing was written, and the transaction goes on. */
export class BadMailError extends Error {
  override name = 'BadMailError';
}

/**
 * Has a mail sent once the caller's transaction is committed. False: the key is known, its mail stays as it is. A subject may hold what
 * others wrote: what could end its line becomes a space, and what is too long is cut. Throws a BadMailError for an address that is not
 * one mailbox's, and for a key or an image that is none.
 */
export async function enqueueMail(client: Pick<ClientBase, 'query'>, mail: Mail): Promise<boolean> {
  const { mailKey, to, html, inline = [] } = mail;
  if (mailKey.length === 0 || mailKey.length > mailKeyCharsMax || !isOneLine(mailKey)) {
    throw new BadMailError('the key of a mail is not a line of 1 to 255 characters');
  }
  if (!isMailAddress(to)) {
    throw new BadMailError(`not the address of one mailbox: ${JSON.stringify(to.slice(0, addressCharsMax))}`);
  }
  checkImages(inline);
  const images = inline.map(({ content, ...image }) => ({ ...image, content: content.toString('base64') }));
  const { rowCount } = await client.query(
    `INSERT INTO mails (mail_id, mail_key, recipient, subject, text_body, html_body, inline_images, message_id, next_attempt_at,
                        give_up_at, created_at)
     SELECT $1, $2, $3, $4, $5, $6, $7,
            '<' || left(encode(sha256(convert_to(origin || ' ' || $2, 'UTF8')), 'hex'), 32) || '@mail.smart-wallet.internal>',
            now, now + make_interval(hours => $8), now
       FROM mail_origin, clock_timestamp() AS now
     ON CONFLICT (mail_key) DO NOTHING`,
    [
      ...[uuidv7(), mailKey, to, subjectOf(mail.subject), bodyOf(mail.text)],
      // Half an HTML page is none; the text says the same.
      html === undefined || html.length > bodyCharsMax ? null : bodyOf(html),
      ...[JSON.stringify(images), giveUpAfterHours],
    ],
  );
  return rowCount === 1;
}

function checkImages(inline: readonly InlineImage[]): void {
  const bytes = inline.reduce((sum, { content }) => sum + content.length, 0);
  if (inline.length > inlineImagesMax || bytes > inlineBytesMax) {
    throw new BadMailError(`more than ${inlineImagesMax} images, or more than ${inlineBytesMax} bytes of them`);
  }
  for (const { filename, contentType, contentId } of inline) {
    const isNamed = /^[\w.-]{1,100}$/.test(filename) && /^[\w.@-]{1,100}$/.test(contentId);
    if (!isNamed || !/^image\/[a-z0-9.+-]{1,50}$/.test(contentType)) {
      throw new BadMailError(`not an image by its names: ${JSON.stringify([filename, contentType, contentId])}`);
    }
  }
}

/** Whatever could end a line, or turn it round, for any reader on the way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
const notInLine = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

function isOneLine(text: string): boolean {
  return text.isWellFormed() && text.search(notInLine) === -1;
}

function subjectOf(subject: string): string {
  const line = subject.toWellFormed().replace(notInLine, ' ').trim();
  const cut = line.length > subjectCharsMax ? `${line.slice(0, subjectCharsMax - 1)}…`.toWellFormed() : line;
  return cut === '' ? '(no subject)' : cut;
}

/** Postgres stores no U+0000. */
function bodyOf(text: string): string {
  return text.slice(0, bodyCharsMax).toWellFormed().replaceAll('\0', ' ');
}
