import { expect, it } from 'vitest';
import { askApproved } from './ask-approved.js';
import { goneIsDone } from './gone-is-done.js';

const answer = (status: number, data: object) => ({ data, response: new Response(null, { status }) });

it('what another admin must approve first is not told as done', async () => {
  const asked = await askApproved(async () => answer(202, { approvalId: 'a', status: 'PENDING' }) as never, 'k');
  expect(asked).toMatchObject({ kind: 'PENDING', key: 'k', approval: { approvalId: 'a' } });
});

it('what is done at once is told as done, under its key', async () => {
  let sent = '';
  const asked = await askApproved(async (headers) => {
    sent = headers['Idempotency-Key'];
    return answer(201, { userId: 'u' }) as never;
  }, 'k');
  expect(asked).toMatchObject({ kind: 'DONE', value: { userId: 'u' } });
  expect(sent).toBe('k');
});

it('a deletion that finds nothing any more is done', () => {
  const problem = { status: 404, code: 'WEBHOOK_NOT_FOUND', detail: '' } as never;
  expect(goneIsDone({ kind: 'REFUSED', key: 'k', problem, replayed: false }, 1)).toMatchObject({ kind: 'DONE' });
  const other = { status: 409, code: 'LAST_ADMIN', detail: '' } as never;
  expect(goneIsDone({ kind: 'REFUSED', key: 'k', problem: other, replayed: false }, 1).kind).toBe('REFUSED');
});
