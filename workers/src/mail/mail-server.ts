import nodemailer, { type Transporter } from 'nodemailer';
import type { ClaimedMail } from './mail-rows.js';

/** Connections to the mail server, and so mails that are on their way at a time, of one process. */
export const connectionsMax = 4;
/** All of handing one over: a server that answers a little at a time would otherwise keep it for ever. */
export const sendTimeoutMs = 30_000;
const timeouts = { connectionTimeout: 5_000, greetingTimeout: 5_000, dnsTimeout: 5_000, socketTimeout: 20_000 };
const probeTimeoutMs = 15_000;

export interface MailServerOptions {
  readonly url: string;
  /** Who it is from: an address, or a name and an address. */
  readonly from: string;
  /** Nothing is said to a server that cannot encrypt, or cannot prove its name. */
  readonly production: boolean;
  /** ALLOW_PLAINTEXT=on. It says so of other servers' connections; of this one only if its URL does too, and nobody logs in. */
  readonly plaintextAllowed: boolean;
}

/** Where mail is handed in, over a few connections that are kept for the next mail. */
export class MailServer {
  readonly #transport: Transporter;
  readonly #from: { readonly name: string; readonly address: string };

  constructor({ url, from, production, plaintextAllowed }: MailServerOptions) {
    // Nothing but these is taken from the URL: nodemailer would read any option from it, also one that switches TLS off.
    const { protocol, hostname, port, username, password, searchParams } = new URL(url);
    const secure = protocol === 'smtps:';
    // Of an inbox on the programs' own network. It takes both: whoever writes a real mail server in its place writes a URL without it.
    const mayBePlain = plaintextAllowed && username === '' && searchParams.get('plaintext') === 'allowed';
    this.#transport = nodemailer.createTransport({
      ...{ pool: true, maxConnections: connectionsMax, maxRequeues: 0, idleTimeout: 30_000, ...timeouts },
      ...{ host: hostname.replace(/^\[|\]$/g, ''), secure, requireTLS: production && !secure && !mayBePlain },
      ...(port === '' ? {} : { port: Number(port) }),
      ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
      ...{ tls: { rejectUnauthorized: production }, disableFileAccess: true, disableUrlAccess: true },
    } as Parameters<typeof nodemailer.createTransport>[0]);
    const [, name = '', address = from] = /^(.*) <(.*)>$/.exec(from) ?? [];
    this.#from = { name, address };
  }

  /** Resolves once the server has taken it. What it throws: smtp-failure.ts. */
  async send(mail: ClaimedMail, stopping: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([AbortSignal.timeout(sendTimeoutMs), stopping]);
    const message = {
      from: this.#from,
      // As an object: text would be parsed, for several. The envelope is what the server goes by.
      to: { name: '', address: mail.recipient },
      envelope: { from: this.#from.address, to: mail.recipient },
      ...{ subject: mail.subject, text: mail.text_body, html: mail.html_body ?? undefined },
      ...{ messageId: mail.message_id, date: mail.created_at, xMailer: false as const },
      // Nobody's out-of-office answers, and no list takes it for a person's.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      attachments: mail.inline_images.map(({ filename, contentType, contentId, content }) => ({
        ...{ filename, contentType, cid: contentId, contentDisposition: 'inline' as const },
        content: Buffer.from(content, 'base64'),
      })),
      signal,
    };
    await this.#transport.sendMail(message);
  }

  /** Does it answer, take our credentials, and encrypt where it must? Null: yes. */
  async trouble(): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Error>((resolve) => {
      timer = setTimeout(() => resolve(new Error('the mail server answers too slowly')), probeTimeoutMs);
    });
    const probe = this.#transport.verify().then(
      () => null,
      (error: unknown) => error ?? new Error('no reason given'),
    );
    return Promise.race([probe, late]).finally(() => clearTimeout(timer));
  }

  close(): void {
    this.#transport.close();
  }
}
