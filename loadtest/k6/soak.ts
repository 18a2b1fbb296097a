import { reconcile } from './lib/books.ts';
import { steady, underLoad } from './lib/load.ts';
import { payOne } from './lib/pay-one.ts';
import { duration, rate } from './lib/settings.ts';
import { makeWallets } from './lib/wallets.ts';

export { handleSummary } from './lib/summary.ts';

/** Single payments for long: what leaks or fills up shows. */
export const options = underLoad(steady(rate(100), duration('30m')));

export const setup = () => makeWallets();

export default payOne;

export const teardown = reconcile;
