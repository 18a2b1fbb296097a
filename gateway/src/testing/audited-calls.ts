import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { TestPlatform } from './test-platform.js';

export interface AuditedRow {
  auditId: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  before: unknown;
  after: Record<string, unknown> | null;
  reason: string | null;
  traceId: string | null;
}

/** What every row of the developer's token has. */
export const auditedShape = {
  auditId: expect.stringMatching(/^\d+$/),
  at: expect.stringMatching(/Z$/),
  actor: 'dev',
};

/** Acts, and what the audit log says of them. @param api asked at each call: it is there once the tests run */
export function auditedCalls(api: () => TestPlatform) {
  /** In a trace of its own. */
  async function askOnce(method: string, path: string, body?: unknown, { key = '', token = '' } = {}) {
    const traceId = randomUUID().replaceAll('-', '');
    const response = await fetch(api().url + path, {
      method,
      headers: {
        ...(token === '' ? api().authorization : { authorization: `Bearer ${token}` }),
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === '' ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, traceId, headers: response.headers };
  }
  return {
    /** Asks again after a 503, which did nothing: an engine that has just started may not be there yet. */
    async ask(...asked: Parameters<typeof askOnce>) {
      for (;;) {
        const answer = await askOnce(...asked);
        if (answer.status !== 503) return answer;
      }
    },
    /** All of a subject, the oldest first. */
    async rowsOf(subject: string): Promise<AuditedRow[]> {
      return (await api().get(`/api/audit?subject=${subject}&limit=200`)).items.toReversed();
    },
  };
}
