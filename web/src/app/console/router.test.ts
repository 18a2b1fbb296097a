import { createMemoryHistory } from '@tanstack/react-router';
import { expect, it } from 'vitest';
import { openRouter } from './router.js';

const id = '0199d2f4-7c1e-7b3a-9c55-0242ac120002';
const withId = ['transactions', 'wallets', 'holds', 'alerts', 'approvals', 'reconciliation', 'digests'];
const noIds = ['config', 'x', 'a%20b', '..%2Fusers', `${id}0`, 'null', '%F0%9F%92%B8'];

/** Whether an address leads to a page. */
async function leads(path: string): Promise<boolean> {
  const router = openRouter();
  router.update({ ...router.options, history: createMemoryHistory({ initialEntries: [`/console${path}`] }) });
  await router.load();
  return router.state.matches.every(({ status }) => status === 'success');
}

it.each(withId)('%s/<id> is a page for an id, and for no other text', async (section) => {
  expect(await leads(`/${section}/${id}`)).toBe(true);
  for (const text of noIds) expect(await leads(`/${section}/${text}`), text).toBe(false);
});

it('a summary is of a day', async () => {
  expect(await leads('/summaries/2026-01-31')).toBe(true);
  for (const text of [...noIds, id, '2026-13-01', '2026-1-1'])
    expect(await leads(`/summaries/${text}`), text).toBe(false);
});

it('a row of the audit log is a number', async () => {
  expect(await leads('/audit/17')).toBe(true);
  for (const text of [...noIds, id]) expect(await leads(`/audit/${text}`), text).toBe(false);
});
