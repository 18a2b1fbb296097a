import { expect, it } from 'vitest';
import { patientRead } from './patient-read.js';

const never = new AbortController().signal;
const timedOut = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });

it('a chunk that took too long is read again', async () => {
  let tries = 0;
  const read = async () => {
    tries += 1;
    if (tries < 3) throw timedOut;
    return 'rows';
  };
  expect([await patientRead(read, never), tries]).toEqual(['rows', 3]);
});

it('a fault is not', async () => {
  let tries = 0;
  const read = async () => {
    tries += 1;
    throw Object.assign(new Error('column does not exist'), { code: '42703' });
  };
  await expect(patientRead(read, never)).rejects.toThrow('column');
  expect(tries).toBe(1);
});

it('nobody waits for who has left', async () => {
  const aborting = new AbortController();
  const read = async () => {
    aborting.abort(new Error('left'));
    throw timedOut;
  };
  await expect(patientRead(read, aborting.signal)).rejects.toThrow();
  await expect(patientRead(async () => 'rows', aborting.signal)).rejects.toThrow('left');
});
