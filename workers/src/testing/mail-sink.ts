import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export type Stage = 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'message';
/** `HANG`: no answer, ever. `DROP`: the connection is lost instead. Else the answer; undefined: yes. */
export type Behaviour = (stage: Stage, said: string) => 'HANG' | 'DROP' | string | undefined;

export interface SunkMail {
  /** As the envelope says. */
  readonly recipients: readonly string[];
  readonly from: string;
  /** Names in small letters, unfolded. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly raw: string;
  readonly encrypted: boolean;
}

/** A mail server that keeps what it is given, byte by byte, and behaves as badly as a test wants. */
export class MailSink {
  readonly mails: SunkMail[] = [];
  /** Connections at a time, at most. */
  connectionsMax = 0;
  connectionsMade = 0;
  behave: Behaviour = () => undefined;
  /** With it the server encrypts. */
  certificate: { readonly key: string; readonly cert: string } | null = null;
  /** Verbs of all commands that came in the clear. */
  readonly heardInClear: string[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** On the port that it had before. */
  async start(): Promise<void> {
    const server = createServer((socket) => this.#talk(socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = null;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #talk(socket: Socket): void {
    this.#sockets.add(socket);
    this.connectionsMade += 1;
    this.connectionsMax = Math.max(this.connectionsMax, this.#sockets.size);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#serve(socket);
  }

  /** The session on a connection, or on what it was upgraded to. */
  #serve(socket: Socket): void {
    const encrypted = socket instanceof TLSSocket;
    socket.on('error', () => {});
    let unread = '';
    let inMessage = false;
    let from = '';
    let recipients: string[] = [];
    const say = (behaved: ReturnType<Behaviour>, yes: string): boolean => {
      if (behaved === 'DROP') socket.destroy();
      else if (behaved !== 'HANG') socket.write(`${behaved ?? yes}\r\n`);
      return behaved === undefined;
    };
    const answer = (stage: Stage, said: string, yes: string) => say(this.behave(stage, said), yes);
    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (!encrypted) this.heardInClear.push(verb);
      if (verb === 'EHLO')
        return answer('EHLO', line, this.certificate && !encrypted ? '250-sink\r\n250 STARTTLS' : '250 sink');
      if (verb === 'STAR') {
        if (this.certificate === null) return socket.write('502 what?\r\n');
        socket.removeAllListeners('data');
        socket.write('220 go on\r\n');
        return this.#serve(new TLSSocket(socket, { isServer: true, ...this.certificate }));
      }
      if (verb === 'MAIL') {
        [from, recipients] = [line, []];
        return answer('MAIL', line, '250 yes');
      }
      if (verb === 'RCPT') return answer('RCPT', line, '250 yes') && recipients.push(line);
      if (verb === 'DATA') {
        inMessage = answer('DATA', line, '354 go on');
        return;
      }
      socket.write(verb === 'QUIT' ? '221 bye\r\n' : '250 yes\r\n');
      if (verb === 'QUIT') socket.end();
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      unread += chunk;
      for (;;) {
        const end = unread.indexOf(inMessage ? '\r\n.\r\n' : '\r\n');
        if (end === -1) return;
        const said = unread.slice(0, end);
        unread = unread.slice(end + (inMessage ? 5 : 2));
        if (!inMessage) {
          command(said);
          continue;
        }
        inMessage = false;
        const behaved = this.behave('message', said);
        // It has it before it says so: whoever does not hear it cannot know.
        if (!/^[45]/.test(behaved ?? '')) {
          this.mails.push({ recipients, from, headers: headersOf(said), raw: said, encrypted });
        }
        say(behaved, '250 taken');
      }
    });
    if (!encrypted) answer('greeting', '', '220 sink');
  }
}

function headersOf(raw: string): Map<string, string[]> {
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const headers = new Map<string, string[]>();
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const [name = ''] = line.split(':', 1);
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), line.slice(name.length + 1).trim()]);
  }
  return headers;
}
