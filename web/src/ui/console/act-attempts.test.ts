import type { Outcome, Problem } from '@smart-wallet/client';
import { expect, it } from 'vitest';
import { type ActAsk, ActAttempts, type ActStep } from './act-attempts.js';

const typed = { amount: '7.00' };
const key = 'key';
const problem = { code: 'OVERLOADED', status: 503, title: '', detail: '' } as unknown as Problem;
const done: Outcome<string> = { kind: 'DONE', key, value: 'made', replayed: false };
const unknown: Outcome<string> = { kind: 'UNKNOWN', key, problem: null };
const notDone: Outcome<string> = { kind: 'NOT_DONE', key, problem };
const refused: Outcome<string> = { kind: 'REFUSED', key, problem, replayed: false };
const refusedOnRecord: Outcome<string> = {
  kind: 'REFUSED',
  key,
  problem: { ...problem, transactionId: 'x' },
  replayed: false,
};

it('what is done, refused or waits for somebody is told', async () => {
  for (const outcome of [done, refused]) {
    const { attempts, ask, step } = actThat([outcome]);
    await attempts.press(typed, ask);
    expect(step()).toEqual({ kind: 'TOLD', outcome });
  }
});

it('pressed twice it is asked for once', async () => {
  const { attempts, ask, asks } = actThat([done, done]);
  await Promise.all([attempts.press(typed, ask), attempts.press(typed, ask)]);
  expect(asks).toHaveLength(1);
});

it('where nothing was done the same content has the same key, another content another', async () => {
  const { attempts, ask, asks, step } = actThat([notDone, new Error('bad amount'), done]);
  await attempts.press(typed, ask);
  expect(step()).toEqual({ kind: 'TYPING', fault: 'BUSY' });
  await attempts.press(typed, ask);
  expect(step()).toMatchObject({ kind: 'TYPING', fault: { message: 'bad amount' } });
  await attempts.press({ amount: '8.00' }, ask);
  expect(asks.map((each) => each.key)).toEqual(['key 1', 'key 1', 'key 2']);
});

it.each([
  ['it is not sent', new Error('the session has ended')],
  ['the platform is too busy', notDone],
  ['it is refused at the door', refused],
  ['nobody answers again', unknown],
])('once nobody knows, it stays so when %s: same key, same content, until it is told', async (_, second) => {
  const { attempts, ask, asks, step } = actThat([unknown, second, done]);
  await attempts.press(typed, ask);
  expect(step()).toMatchObject({ kind: 'UNSURE', key: 'key 1' });
  // Nothing else can be sent meanwhile.
  await attempts.press({ amount: '9.00' }, ask);
  await attempts.askAgain(ask);
  expect(step()).toMatchObject({ kind: 'UNSURE', key: 'key 1' });
  await attempts.askAgain(ask);
  expect(step()).toEqual({ kind: 'TOLD', outcome: done });
  expect(asks).toEqual(Array(3).fill({ typed, key: 'key 1' }));
});

it('a refusal that is recorded under the key ends what nobody knew', async () => {
  const { attempts, ask, step } = actThat([unknown, refusedOnRecord]);
  await attempts.press(typed, ask);
  await attempts.askAgain(ask);
  expect(step()).toEqual({ kind: 'TOLD', outcome: refusedOnRecord });
});

it('what keeps a later try from being told is said', async () => {
  const { attempts, ask, step } = actThat([unknown, new Error('the session has ended'), notDone, unknown]);
  await attempts.press(typed, ask);
  expect(step()).toEqual({ kind: 'UNSURE', key: 'key 1', fault: null });
  await attempts.askAgain(ask);
  expect(step()).toMatchObject({ kind: 'UNSURE', fault: { message: 'the session has ended' } });
  await attempts.askAgain(ask);
  expect(step()).toMatchObject({ kind: 'UNSURE', fault: 'BUSY' });
  await attempts.askAgain(ask);
  expect(step()).toMatchObject({ kind: 'UNSURE', fault: null });
});

it('what has no key is told by whatever it is answered', async () => {
  const { attempts, ask, step } = actThat([unknown, refused], false);
  await attempts.press(typed, ask);
  await attempts.askAgain(ask);
  expect(step()).toEqual({ kind: 'TOLD', outcome: refused });
});

function actThat(outcomes: (Outcome<string> | Error)[], isKeyed = true) {
  let keys = 0;
  let step: ActStep<string> = { kind: 'TYPING', fault: null };
  const asks: ActAsk[] = [];
  const attempts = new ActAttempts<string>(
    () => `key ${++keys}`,
    (next) => {
      step = next;
    },
    isKeyed,
  );
  const ask = async (one: ActAsk) => {
    asks.push(one);
    const next = outcomes.shift();
    if (next === undefined || next instanceof Error) throw next ?? new Error('asked too often');
    return next;
  };
  return { attempts, ask, asks, step: () => step };
}
