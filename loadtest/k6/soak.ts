import { reconcile } from './lib/books.ts';
import { steady, underLoad } from './lib/load.ts';
import { payOne } from './lib/pay-one.ts';
import { duration, rate, secondsOf } from './lib/settings.ts';
import { makeWallets } from './lib/wallets.ts';

export { handleSummary } from './lib/summary.ts';

const perSecond = rate(100);
const time = duration('30m');

/** Single payments for long: what leaks or fills up shows. */
export const options = underLoad(steady(perSecond, time));

export const setup = () => makeWallets(perSecond * secondsOf(time));

export default payOne;

export const teardown = reconcile;
