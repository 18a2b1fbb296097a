import type { RawAnswer } from './raw-http.js';

/** What a caller was told under a key. */
interface Told {
  request: string;
  outcome: string;
  /** Without trace ids. */
  body: string;
}

/** Whether a key names one thing, and is answered alike each time. */
export class KeyBook {
  readonly #told = new Map<string, Told>();

  get size(): number {
    return this.#told.size;
  }

  /** `request`: all that makes it the same. Returns what is wrong. */
  note(caller: string, key: string, request: string, answer: RawAnswer): string[] {
    const body = parsed(answer.body);
    const id = `${caller}\n${key}`;
    const known = this.#told.get(id);
    if (body.code === 'IDEMPOTENCY_KEY_REUSED') {
      if (!known) return ['a key is said to be used that was not'];
      return known.request === request ? ['the same request is said to be another one'] : [];
    }
    const outcome = outcomeOf(answer.status, body);
    if (outcome === undefined) return [];
    const isReplayed = answer.headers['idempotency-replayed'] === 'true';
    const text = JSON.stringify(body, (name, value) => (name === 'traceId' ? undefined : value));
    if (!known) {
      this.#told.set(id, { request, outcome, body: text });
      return isReplayed ? ['a first answer says that it is a replay'] : [];
    }
    // What waited for approval was done meanwhile.
    if (known.outcome.startsWith('202 ') && !outcome.startsWith('202 ')) {
      this.#told.set(id, { request, outcome, body: text });
      return isReplayed ? [] : ['what was approved does not say that it is a replay'];
    }
    if (known.outcome !== outcome) return [`a key was answered with ${known.outcome} before, and now with ${outcome}`];
    return isReplayed || answer.status === 200
      ? this.#sameBody(known, text, body)
      : ['a replay does not say that it is one'];
  }

  /** Of what is shown as it is now (a wallet), only what it is stays. */
  #sameBody(known: Told, text: string, body: Record<string, unknown>): string[] {
    const staysAsItWas = 'transactionId' in body || 'holdId' in body || 'code' in body;
    return !staysAsItWas || known.body === text ? [] : [`a replay differs: ${known.body} was answered before`];
  }
}

/** What was recorded under the key, by its ids; undefined: nothing. */
function outcomeOf(status: number, body: Record<string, unknown>): string | undefined {
  const { transactionId, holdId, walletId, approvalId, code, results } = body;
  if (status === 422 && transactionId !== undefined) return `422 ${String(code)} ${String(transactionId)}`;
  // A change of limits that is refused is a row of the audit log, and no transaction.
  if (status === 422 && code === 'CREDIT_LIMIT_IN_USE') return `422 ${code}`;
  if (status === 202) return `202 ${String(approvalId)}`;
  if (Array.isArray(results) && (status < 300 || code === 'BATCH_REFUSED')) {
    return results.map((one) => `${one.status} ${one.transaction?.transactionId ?? one.problem?.transactionId}`).join();
  }
  if (status !== 200 && status !== 201) return undefined;
  // A user or a token that nobody had to approve has none of them: the key does not count.
  const id = transactionId ?? holdId ?? walletId;
  return id === undefined ? undefined : `${status} ${String(id)}`;
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
