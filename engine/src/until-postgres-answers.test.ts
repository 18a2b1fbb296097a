import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { untilPostgresAnswers } from './until-postgres-answers.js';

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
function said(code: string) {
  return Object.assign(new pg.DatabaseError('said by Postgres', 0, 'error'), { code });
}

it('an engine that is started while Postgres is away or starts itself waits for it, and says so once', async () => {
  const log = { warn: vi.fn() };
  const ask = vi.fn().mockRejectedValueOnce(away).mockRejectedValueOnce(said('57P03')).mockResolvedValue([]);
  await untilPostgresAnswers(ask, 'postgres://db/wallet', log, 1);
  expect(ask).toHaveBeenCalledTimes(3);
  expect(log.warn).toHaveBeenCalledTimes(1);
});

it('what Postgres refuses ends the start', async () => {
  const refused = said('28P01');
  await expect(
    untilPostgresAnswers(() => Promise.reject(refused), 'postgres://db/wallet', { warn: vi.fn() }, 1),
  ).rejects.toBe(refused);
});
