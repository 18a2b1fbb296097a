import { reconcile } from './lib/books.ts';
import { underLoad, usersFor } from './lib/load.ts';
import { payOne } from './lib/pay-one.ts';
import { duration, rate, secondsOf } from './lib/settings.ts';
import { makeWallets } from './lib/wallets.ts';

export { handleSummary } from './lib/summary.ts';

const usual = rate(100);
const time = duration('20s');
const FACTOR = 5;

/** Single payments at a steady rate, which is five times as high for a while in the middle. */
export const options = underLoad({
  executor: 'ramping-arrival-rate',
  startRate: usual,
  timeUnit: '1s',
  stages: [
    { target: usual, duration: '15s' },
    { target: usual * FACTOR, duration: '2s' },
    { target: usual * FACTOR, duration: time },
    { target: usual, duration: '2s' },
    { target: usual, duration: '15s' },
  ],
  ...usersFor(usual * FACTOR),
});

export const setup = () => makeWallets(usual * 32 + usual * FACTOR * (secondsOf(time) + 4));

export default payOne;

export const teardown = reconcile;
