// @ts-check
import { simpleParser } from 'mailparser';

/**
 * @typedef {{ filename: string | null, contentType: string, contentId: string | null, size: number }} Attachment
 * @typedef {{
 *   id: string,
 *   from: string,
 *   to: string[],
 *   subject: string,
 *   date: string | null,
 *   messageId: string | null,
 *   headers: Record<string, string>,
 *   text: string | null,
 *   html: string | null,
 *   attachments: Attachment[],
 * }} Message
 *   `to`: the recipients that SMTP named. `headers`: by lower-case names, as they came but unfolded; several of one name
 *   stand on lines of their own.
 */

/** @param {string} id @param {Buffer} raw @param {import('./message-store.mjs').Envelope} envelope @returns {Promise<Message>} */
export async function readMessage(id, raw, envelope) {
  const mail = await simpleParser(raw, { keepCidLinks: true });
  /** @type {Record<string, string>} */
  const headers = {};
  for (const { key, line } of mail.headerLines) {
    const value = line
      .slice(line.indexOf(':') + 1)
      .replace(/\r?\n[ \t]+/g, ' ')
      .trim();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}\n${value}`;
  }
  return {
    id,
    from: mail.from?.text ?? envelope.from,
    to: envelope.to,
    subject: mail.subject ?? '',
    date: mail.date && !Number.isNaN(mail.date.getTime()) ? mail.date.toISOString() : null,
    messageId: mail.messageId ?? null,
    headers,
    text: mail.text ?? null,
    html: mail.html || null,
    attachments: mail.attachments.map(({ filename, contentType, cid, size }) => ({
      ...{ filename: filename ?? null, contentType, contentId: cid ?? null, size },
    })),
  };
}

/** Its HTML with the images that it brings along in it. @param {Buffer} raw */
export async function htmlWithImages(raw) {
  return (await simpleParser(raw)).html || null;
}
