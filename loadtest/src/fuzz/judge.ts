import type { DescribedAnswers } from '@smart-wallet/gateway/testing/described-answers.js';
import type { Operation } from './api-document.js';
import type { Caller } from './callers.js';
import { type Draft, targetOf } from './draft.js';
import type { RawAnswer } from './raw-http.js';
import { RequestContract } from './request-contract.js';

/** One call as it was sent. */
export interface SentCall {
  operation: Operation;
  caller: Caller;
  draft: Draft;
  breakages: readonly string[];
}

interface Problem {
  code?: string;
  errors?: { field?: unknown; rule?: unknown; message?: unknown }[];
}

/** What a schema cannot say of a request, so that one that is as described may be refused by it. */
const rulesBeyondSchemas = new Set([
  ...['AMOUNT_DECIMALS', 'AMOUNT_NOT_POSITIVE', 'CURRENCY_UNKNOWN', 'CURSOR', 'RANGE', 'TEXT_INVALID', 'SAME_WALLET'],
  ...['METADATA_TOO_LARGE', 'METADATA_NUMBER', 'NOT_FOR_PLAIN_BATCH', 'CHARACTERS', 'ROLE', 'NEEDS_APPROVAL'],
  ...['ADDRESS', 'DUPLICATE', 'TIME_ZONE', 'PARTITION', 'URL', 'PRIVATE_ADDRESS', 'ALL', 'EMPTY'],
  // Of a day that no month has.
  'FORMAT',
]);

/** Says what is wrong with an answer, whatever was asked. */
export class Judge {
  readonly #contract = new RequestContract();

  constructor(readonly answers: DescribedAnswers) {}

  faults(call: SentCall, answer: RawAnswer): string[] {
    const problem = problemIn(answer);
    return [
      ...(answer.status >= 500 ? [`answered ${answer.status}`] : []),
      ...this.#undescribed(call, answer),
      ...(problem.code === 'VALIDATION_FAILED' ? namelessErrors(problem) : []),
      ...strangerFaults(call, answer, problem),
      ...this.#contractFaults(call, answer, problem),
    ];
  }

  #undescribed({ draft }: SentCall, { status, headers, body }: RawAnswer): string[] {
    // An address with a host says the same without it.
    const url = targetOf(draft)
      .replace(/^http:\/\/[^/]*/, '')
      .replace(/#.*$/, '');
    try {
      this.answers.check({ method: draft.method, url, status, headers, body });
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }

  #contractFaults({ operation, draft, breakages }: SentCall, answer: RawAnswer, problem: Problem): string[] {
    const isTouched = draft.bytes !== undefined || draft.rawQuery !== undefined || draft.method !== operation.method;
    if (isTouched) return [];
    const wrong = this.#contract.faults(operation, draft);
    // A batch answers for each of its payments.
    if (answer.status < 300 && wrong.length > 0 && !answer.body.includes('"VALIDATION_FAILED"')) {
      return [`was taken, though ${wrong.map((field) => field || 'the body').join(', ')} is not as described`];
    }
    if (problem.code !== 'VALIDATION_FAILED') return [];
    const errors = problem.errors ?? [];
    if (breakages.length === 0 && wrong.length === 0) {
      const strange = errors.filter(({ rule }) => !rulesBeyondSchemas.has(String(rule)));
      return strange.map(({ field, rule }) => `is as described, and is refused: ${field} ${rule}`);
    }
    if (breakages.length !== 1 || wrong.length === 0 || wrong.includes('')) return [];
    // What a schema cannot say may be wrong as well, and was seen first.
    const isNamed = errors.some(
      ({ field, rule }) => rulesBeyondSchemas.has(String(rule)) || wrong.some((one) => isAbout(String(field), one)),
    );
    return isNamed
      ? []
      : [`${wrong.join(', ')} is wrong, and the errors name ${errors.map(({ field }) => field).join()}`];
  }
}

function isAbout(field: string, wrong: string): boolean {
  // Long names are shown cut.
  const named = field.replace(/\u2026$/, '');
  return field === wrong || wrong.startsWith(named) || field.startsWith(`${wrong}.`);
}

function namelessErrors({ errors = [] }: Problem): string[] {
  if (errors.length === 0) return ['a 400 names no field'];
  const nameless = errors.filter(
    ({ rule, message, field }) => !/^[A-Z_]+$/.test(String(rule)) || !message || typeof field !== 'string',
  );
  return nameless.map((error) => `a 400 does not name its rule: ${JSON.stringify(error)}`);
}

/** A token that is no good opens nothing, and one that is good is not refused as such. */
function strangerFaults(
  { operation, caller, draft, breakages }: SentCall,
  answer: RawAnswer,
  problem: Problem,
): string[] {
  if (operation.roles === null || draft.method !== operation.method) return [];
  if (caller.roles === null) return answer.status < 400 ? ['let in whom nobody knows'] : [];
  const isAllowed = caller.roles.some((role) => operation.roles?.includes(role));
  if (!isAllowed && answer.status < 300) return ['let in a role that may not'];
  if (!isAllowed && breakages.length === 0 && problem.code !== 'FORBIDDEN')
    return ['a role that may not is not told so'];
  return breakages.length === 0 && problem.code === 'UNAUTHENTICATED' ? ['a good token is refused'] : [];
}

export function problemIn({ headers, body }: RawAnswer): Problem {
  if (!headers['content-type']?.startsWith('application/problem+json') || body === '') return {};
  try {
    return JSON.parse(body) as Problem;
  } catch {
    return {};
  }
}
