import { expect, it } from 'vitest';
import { refuseIfChanged } from './refuse-if-changed.js';

it('what somebody else changed meanwhile is not replaced', async () => {
  await expect(refuseIfChanged('one', async () => false)).rejects.toThrow('somebody changed it');
  // Still not looked at as it was: it is looked at again.
  await expect(refuseIfChanged('one', async () => false)).rejects.toThrow('somebody changed it');
});

it('its own change is not somebody else\u2019s', async () => {
  await refuseIfChanged('two', async () => true);
  await refuseIfChanged('two', async () => false);
});
