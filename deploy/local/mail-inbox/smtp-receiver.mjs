// @ts-check
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';

const MESSAGE_BYTES_MAX = 5 * 1024 ** 2;
const RECIPIENTS_MAX = 50;
const CLIENTS_MAX = 100;
const CLOSE_TIMEOUT_MS = 200;

/**
 * What a test wants a mail server to do instead of taking a mail. `refuse`: by default when it has seen the whole mail.
 * `hang`: never answers it. `drop`: ends the connection instead of answering, after it kept the mail or not.
 * @typedef {{ kind: 'refuse', code: number, at?: 'recipient' | 'data' } | { kind: 'hang' } | { kind: 'drop', keep: boolean }} Misbehaviour
 */

/**
 * Takes mail over SMTP, from anybody to anybody.
 * @param {{
 *   host: string,
 *   port: number,
 *   onMail: (raw: Buffer, envelope: import('./message-store.mjs').Envelope) => void,
 *   misbehaviour?: (envelope: import('./message-store.mjs').Envelope) => Misbehaviour | null,
 * }} options `onMail` returns when the mail is safe
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 */
export async function startSmtpReceiver({ host, port, onMail, misbehaviour = () => null }) {
  /** @type {Map<number, import('node:net').Socket>} by the client's port */
  const sockets = new Map();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: MESSAGE_BYTES_MAX,
    maxClients: CLIENTS_MAX,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onRcptTo(address, session, done) {
      const envelope = envelopeOf(session);
      if (envelope.to.length >= RECIPIENTS_MAX) return done(refusal(452));
      const wrong = misbehaviour({ ...envelope, to: [...envelope.to, address.address] });
      if (wrong?.kind === 'refuse' && wrong.at === 'recipient') return done(refusal(wrong.code));
      done();
    },
    onData(stream, session, done) {
      /** @type {Buffer[]} */
      const chunks = [];
      let size = 0;
      stream.on('data', (/** @type {Buffer} */ chunk) => {
        size += chunk.length;
        if (size <= MESSAGE_BYTES_MAX) chunks.push(chunk);
      });
      stream.on('end', () => {
        if (size > MESSAGE_BYTES_MAX) return done(refusal(552));
        const envelope = envelopeOf(session);
        const wrong = misbehaviour(envelope);
        if (wrong?.kind === 'hang') return;
        if (wrong?.kind === 'refuse') return done(refusal(wrong.code));
        try {
          if (wrong?.kind !== 'drop' || wrong.keep) onMail(Buffer.concat(chunks), envelope);
        } catch {
          return done(refusal(451)); // a full disk: the sender tries again
        }
        if (wrong?.kind === 'drop') sockets.get(session.remotePort)?.destroy();
        else done();
      });
    },
  });
  server.on('error', () => {}); // of one client; it is gone then
  const listener = server.listen(port, host);
  listener.on('connection', (/** @type {import('node:net').Socket} */ socket) => {
    const { remotePort } = socket;
    if (remotePort === undefined) return;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  await once(listener, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (listener.address());
  return {
    port: address.port,
    async close() {
      const closed = new Promise((resolve) => server.close(() => resolve(undefined)));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

/** @param {import('smtp-server').SMTPServerSession} session @returns {import('./message-store.mjs').Envelope} */
function envelopeOf({ envelope }) {
  return {
    from: envelope.mailFrom ? envelope.mailFrom.address : '',
    to: envelope.rcptTo.map(({ address }) => address),
  };
}

/** @param {number} responseCode */
function refusal(responseCode) {
  return Object.assign(new Error(responseCode < 500 ? 'Not now' : 'Refused'), { responseCode });
}
