import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  /** Names in small letters; several of a name are joined. */
  headers: Record<string, string>;
  body: string;
  /** Whether the server said that it hangs up. */
  closes: boolean;
}

const answerTimeoutMs = 15_000;

/** Sends bytes, right or wrong, over a connection that is kept, and reads HTTP as strictly as it is written. */
export class RawHttp {
  #socket: Socket | undefined;
  #received = Buffer.alloc(0);
  #wake: () => void = () => {};

  constructor(
    readonly host: string,
    readonly port: number,
  ) {}

  /** `isWhole`: it is framed as HTTP wants, so the connection is good for the next. Throws when it ends without an answer. */
  async ask(bytes: Buffer, { isHead, isWhole }: { isHead: boolean; isWhole: boolean }): Promise<RawAnswer> {
    const socket = await this.#connected();
    socket.write(bytes);
    const until = performance.now() + answerTimeoutMs;
    for (;;) {
      const answer = parsed(this.#received, isHead, socket.destroyed || socket.readableEnded);
      if (answer) {
        this.#received = this.#received.subarray(answer.length);
        if (answer.closes || !isWhole) this.close();
        // Who could not read a request does not know that it is a HEAD: the answer has a body, and the connection ends with it.
        const isUnread = isHead && answer.closes && answer.status >= 400;
        if (isWhole && !isUnread && this.#received.length > 0) throw new Error('more came than an answer');
        return answer;
      }
      if (socket.destroyed || socket.readableEnded) {
        this.close();
        throw new Error('the connection ended without an answer');
      }
      const left = until - performance.now();
      if (left <= 0) {
        this.close();
        throw new Error(`no answer after ${answerTimeoutMs} ms`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connected(): Promise<Socket> {
    if (this.#socket && !this.#socket.destroyed && !this.#socket.readableEnded) return this.#socket;
    this.#received = Buffer.alloc(0);
    const socket = connect({ host: this.host, port: this.port, noDelay: true });
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      if (this.#socket !== socket) return;
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    socket.on('error', () => this.#wake());
    socket.on('end', () => this.#wake());
    socket.on('close', () => this.#wake());
    return socket;
  }
}

/** The first final answer in the bytes and its length, or undefined while it is not whole. */
function parsed(bytes: Buffer, isHead: boolean, isOver: boolean): (RawAnswer & { length: number }) | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first, ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${first} `)?.[1]);
  if (!status) throw new Error(`an answer begins with ${first}`);
  const start = headEnd + 4;
  if (status < 200) {
    const next = parsed(bytes.subarray(start), isHead, isOver);
    return next && { ...next, length: next.length + start };
  }
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([\w-]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`an answer has the line ${line}`);
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? (value as string) : `${headers[key]}, ${value}`;
  }
  const closes = headers.connection?.toLowerCase() === 'close';
  const answer = (body: Buffer, length: number) => ({ status, headers, body: body.toString('utf8'), closes, length });
  if (isHead || status === 204 || status === 304) return answer(Buffer.alloc(0), start);
  if (headers['transfer-encoding'] === 'chunked') {
    const whole = dechunked(bytes.subarray(start));
    return whole && answer(whole.body, start + whole.length);
  }
  if (headers['content-length'] !== undefined) {
    const end = start + Number(headers['content-length']);
    return bytes.length < end ? undefined : answer(bytes.subarray(start, end), end);
  }
  return isOver ? answer(bytes.subarray(start), bytes.length) : undefined;
}

function dechunked(bytes: Buffer): { body: Buffer; length: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), length: end };
    parts.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
