import { expect, it } from 'vitest';
import { readOnlyCode, refuseStandby } from './standby.js';

const saying = (standby: boolean) => ({ query: async () => ({ rows: [{ standby }] }) });

it('a standby is refused, with the code by which it refuses writes', async () => {
  await expect(refuseStandby(saying(true))).rejects.toMatchObject({ code: readOnlyCode });
  await expect(refuseStandby(saying(false))).resolves.toBeUndefined();
});

it('who does not answer is as far away as before', async () => {
  const away = { query: () => Promise.reject(new Error('Connection terminated')) };
  await expect(refuseStandby(away)).rejects.toThrow('Connection terminated');
});
