/** A call as it was asked and answered, without what differs from one time to the next. */
export interface RecordedExample {
  title: string;
  path?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  answer: { status: number; type: string; body: unknown };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
/** Sent with every example, so that its answer has a trace id that stays. */
export const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

const uuidPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const instantPattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** How many batches there were before depends on who came together. */
const batchInCsv = /,\d+(,\d{4}-\d\d-\d\dT[^,]*,\d{4}-\d\d-\d\dT[^,]*,\d{4}-)/g;
const stands = { at: '2026-01-31T12:00:00.000Z', day: '2026-01-31', weekLater: '2026-02-07T12:00:00.000Z' };

/** Puts one thing in the place of each that a platform makes up: ids by their first appearance, times, secrets. */
export class Stills {
  readonly #ids = new Map<string, string>();

  /** `chosen`: what the caller chose stays. */
  constructor(chosen: readonly string[]) {
    for (const id of chosen) this.#ids.set(id, id);
  }

  /** Of a request, or of an answer that is JSON. */
  still<T>(value: T): T {
    const text = JSON.stringify(value, (name, inner) =>
      typeof inner === 'string' ? this.#stillField(name, inner) : inner,
    );
    return text === undefined ? value : JSON.parse(text);
  }

  #stillField(name: string, value: string): string {
    if (name === 'token' || name === 'accessToken') return 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0b2tlbjpzaG9wIn0.c2ln';
    if (name === 'secret') return 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
    if (name === 'payloadHash') return '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    if (name === 'auditId') return '12';
    // Of a proof: all of it follows from the time of the commit.
    if (name === 'lastSeq' || name === 'batchSeq') return '7';
    if (/^[0-9a-f]{64}$/.test(value)) return '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    if (name === 'leaf') value = value.replace(/\b1\d{12}\b/g, String(Date.parse(stands.at)));
    if (name === 'nextCursor') return 'eyJhdCI6IjIwMjYifQ';
    if (name === 'day') return stands.day;
    if (name === 'expiresAt') return stands.weekLater;
    return this.text(value).replace(/\bbatch \d+/, 'batch 7');
  }

  /** Of an answer that is text. */
  text(value: string): string {
    return value
      .replace(instantPattern, stands.at)
      .replace(uuidPattern, (id) => this.#still(id))
      .replace(batchInCsv, ',7,$1');
  }

  #still(id: string): string {
    const known = this.#ids.get(id) ?? `019c1408-0000-7000-8000-${String(this.#ids.size).padStart(12, '0')}`;
    this.#ids.set(id, known);
    return known;
  }
}
