import { connect, type Socket } from 'node:net';

/** HTTP/1.1, kept alive, one request at a time: a general client would take the cores that are being measured. */
export class HttpConnection {
  readonly #socket: Socket;
  #received = '';
  #answer: { resolve: (answer: { status: number; body: string }) => void; reject: (error: Error) => void } | undefined;

  /** `localAddress`: whom it is from, if not the address that the machine would choose. */
  static open(host: string, port: number, localAddress?: string): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, ...(localAddress && { localAddress }) }, () =>
        resolve(new HttpConnection(socket)),
      );
      socket.once('error', reject);
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    // One byte a character: lengths stay those of the wire.
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('close', () => this.#answer?.reject(new Error('the server closed a connection')));
    socket.on('error', (error) => this.#answer?.reject(error));
  }

  request(text: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      this.#socket.write(text);
    });
  }

  close(): void {
    this.#answer = undefined;
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, headEnd + 2));
    if (!length)
      return this.#answer?.reject(new Error(`an answer without a length: ${this.#received.slice(0, headEnd)}`));
    const end = headEnd + 4 + Number(length[1]);
    if (this.#received.length < end) return;
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(headEnd + 4, end) };
    this.#received = this.#received.slice(end);
    this.#answer?.resolve(answer);
  }
}
