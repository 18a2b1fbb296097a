import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';

/**
 * Stands between a program and Postgres, or whatever else is reached by TCP, and misbehaves on demand:
 *
 *   pass ──holdWhen──► held from a chosen message on ──release──► pass (what was held goes out, in order)
 *   pass ──cutAtRandom──► each connection breaks after a random number of bytes, mid-message, in either direction
 *   pass ──delay──► every byte arrives later, both ways
 *
 * It reads the messages of Postgres' clients only to find where one ends; it alters none. What is no such message passes as
 * it comes, and cannot be held.
 */
export interface TcpProxyOptions {
  target: { host: string; port: number };
  /** What clients say (Postgres' protocol). */
  protocol?: 'postgres' | 'any';
  /** Of the random offsets; printed by a failing test, it makes them happen again. */
  seed?: number;
}

/** One message of Postgres' frontend protocol. */
export interface FrontendMessage {
  /** `'Q'` query, `'P'` parse, `'B'` bind, `'E'` execute, `'S'` sync …; `''` for what precedes the start-up. */
  type: string;
  /** The whole message, type and length included. */
  bytes: Buffer;
}

export interface Hold {
  /** Resolves when the first connection is held. */
  reached: Promise<void>;
  /** Connections held so far. */
  readonly count: number;
  /** Lets everything held go to the server, and holds nothing more. */
  release(): void;
  /** Breaks the held connections instead: the server never sees what was held. */
  drop(): void;
}

interface HoldRule {
  matches: (message: FrontendMessage) => boolean;
  /** The chosen message itself is held, or is the last to pass. */
  where: 'before' | 'after';
  connections: Set<Connection>;
  connectionsMax: number;
  total: number;
  reached: () => void;
}

interface CutRule {
  bytesMin: number;
  bytesMax: number;
}

export class TcpProxy {
  readonly #server: Server;
  readonly #options: TcpProxyOptions;
  readonly #connections = new Set<Connection>();
  readonly #random: () => number;
  #hold: HoldRule | undefined;
  #cut: CutRule | undefined;
  #delayMs = 0;
  #refusing = false;
  readonly #cuts = { toServer: 0, toClient: 0 };

  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  private constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Connections broken by `cutAtRandom` so far. */
  get cuts(): number {
    return this.#cuts.toServer + this.#cuts.toClient;
  }

  /** In what a client said, and in what it was answered. */
  get cutsByDirection(): Readonly<{ toServer: number; toClient: number }> {
    return this.#cuts;
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  /** The same URL, through the proxy. */
  through(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String(this.port);
    return proxied.href;
  }

  /**
   * Stops forwarding to the server on each connection that sends a matching message, from before it or after it. What
   * the server says still passes.
   */
  holdWhen(
    matches: (message: FrontendMessage) => boolean,
    {
      where = 'before',
      connectionsMax = Number.POSITIVE_INFINITY,
    }: { where?: 'before' | 'after'; connectionsMax?: number } = {},
  ): Hold {
    this.#hold = undefined;
    let reached = () => {};
    const reachedOnce = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const rule: HoldRule = { matches, where, connections: new Set(), connectionsMax, total: 0, reached };
    this.#hold = rule;
    const end = (how: (connection: Connection) => void) => {
      if (this.#hold === rule) this.#hold = undefined;
      for (const connection of rule.connections) how(connection);
      rule.connections.clear();
    };
    return {
      reached: reachedOnce,
      get count() {
        return rule.total;
      },
      release: () => end((connection) => connection.release()),
      drop: () => end((connection) => connection.break()),
    };
  }

  /** Breaks each connection after a random number of bytes (both directions together), from now on until `pass`. */
  cutAtRandom(bytesMin: number, bytesMax: number): void {
    this.#cut = { bytesMin, bytesMax };
    for (const connection of this.#connections) connection.bytesLeft = this.#budget();
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** New connections are closed at once, those there are broken, until `pass`. */
  refuse(): void {
    this.#refusing = true;
    this.breakAll();
  }

  breakAll(): void {
    for (const connection of [...this.#connections]) connection.break();
  }

  /** No cutting, no delay, no refusing. A hold is its own matter. */
  pass(): void {
    this.#cut = undefined;
    this.#delayMs = 0;
    this.#refusing = false;
    for (const connection of this.#connections) connection.bytesLeft = Number.POSITIVE_INFINITY;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.breakAll();
    await closed;
  }

  #budget(): number {
    if (!this.#cut) return Number.POSITIVE_INFINITY;
    const { bytesMin, bytesMax } = this.#cut;
    return bytesMin + Math.floor(this.#random() * (bytesMax - bytesMin + 1));
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const connection = new Connection(client, connectTcp({ ...this.#options.target, noDelay: true }), this.#budget(), {
      isPostgres: this.#options.protocol !== 'any',
      delayMs: () => this.#delayMs,
      hold: (message) => {
        const rule = this.#hold;
        if (!rule || rule.total >= rule.connectionsMax || !rule.matches(message)) return undefined;
        rule.total += 1;
        rule.connections.add(connection);
        rule.reached();
        return rule.where;
      },
      cut: (direction) => {
        this.#cuts[direction] += 1;
      },
      closed: () => {
        this.#connections.delete(connection);
      },
    });
    this.#connections.add(connection);
  }
}

interface ConnectionRules {
  isPostgres: boolean;
  delayMs: () => number;
  hold: (message: FrontendMessage) => 'before' | 'after' | undefined;
  cut: (direction: 'toServer' | 'toClient') => void;
  closed: () => void;
}

class Connection {
  bytesLeft: number;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: ConnectionRules;
  #partial: Buffer = Buffer.alloc(0);
  #started = false;
  /** The chosen message, when it did not pass, and what came after it. */
  #heldMessage: Buffer = Buffer.alloc(0);
  #held: Buffer[] | undefined;
  #broken = false;

  constructor(client: Socket, server: Socket, bytesLeft: number, rules: ConnectionRules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    this.bytesLeft = bytesLeft;
    client.on('data', (bytes) => this.#fromClient(bytes));
    server.on('data', (bytes) => this.#send(this.#client, bytes));
    client.on('error', () => {});
    server.on('error', () => {});
    server.on('close', () => this.break());
    // A client that gave up does not take back what it sent: a network delivers it late.
    client.on('close', () => {
      if (this.#held === undefined) this.break();
    });
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#send(this.#server, this.#heldMessage);
    this.#heldMessage = Buffer.alloc(0);
    for (const bytes of held) this.#fromClient(bytes);
    if (this.#client.destroyed) this.#server.end();
  }

  break(): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#client.destroy();
    this.#server.destroy();
    this.#rules.closed();
  }

  #fromClient(bytes: Buffer): void {
    if (!this.#rules.isPostgres) {
      this.#send(this.#server, bytes);
      return;
    }
    if (this.#held) {
      this.#held.push(bytes);
      return;
    }
    this.#partial = this.#partial.length === 0 ? bytes : Buffer.concat([this.#partial, bytes]);
    const passed: Buffer[] = [];
    for (let message = this.#takeMessage(); message; message = this.#takeMessage()) {
      const hold = this.#rules.hold(message);
      if (hold !== 'before') passed.push(message.bytes);
      if (hold) {
        if (hold === 'before') this.#heldMessage = message.bytes;
        this.#held = [this.#partial];
        this.#partial = Buffer.alloc(0);
        break;
      }
    }
    if (passed.length > 0) this.#send(this.#server, Buffer.concat(passed));
  }

  /** The next whole message; before the start-up message (which has no type) there may be requests for encryption. */
  #takeMessage(): FrontendMessage | undefined {
    const head = this.#started ? 1 : 0;
    if (this.#partial.length < head + 4) return undefined;
    const length = head + this.#partial.readInt32BE(head);
    if (this.#partial.length < length) return undefined;
    const bytes = this.#partial.subarray(0, length);
    this.#partial = this.#partial.subarray(length);
    const type = this.#started ? String.fromCharCode(bytes[0] as number) : '';
    const protocolVersion = 3 << 16;
    if (!this.#started && bytes.readInt32BE(4) >> 16 === protocolVersion >> 16) this.#started = true;
    return { type, bytes };
  }

  #send(to: Socket, bytes: Buffer): void {
    if (bytes.length === 0 || this.#broken) return;
    const sent = bytes.length > this.bytesLeft ? bytes.subarray(0, this.bytesLeft) : bytes;
    this.bytesLeft -= sent.length;
    const cut = sent.length < bytes.length;
    const write = () => {
      if (this.#broken) return;
      if (to.destroyed) return;
      if (!cut) to.write(sent);
      else {
        this.#rules.cut(to === this.#server ? 'toServer' : 'toClient');
        to.write(sent, () => this.break());
      }
    };
    const delayMs = this.#rules.delayMs();
    if (delayMs > 0) setTimeout(write, delayMs);
    else write();
  }
}
