// @ts-check
import { spawnSync } from 'node:child_process';

/**
 * Which of etcd's interfaces a Patroni is to use. Before 3.0.3 it wrote the primary's key over the third one without looking whose it
 * is by now: a primary that was frozen, and woke up when another had taken over, took the cluster back, and what the other one
 * had acknowledged was gone (patroni/patroni#2689). Since 3.1.1 it looks for the newer timeline as well (#2787). By the second
 * interface it always compared first.
 * @typedef {'etcd' | 'etcd3'} EtcdApi
 */

const FIRST_WITH_THIRD = [3, 1, 1];

/** What an etcd is started with for it. @type {Record<EtcdApi, readonly string[]>} */
export const ETCD_OPTIONS = { etcd: ['--enable-v2=true'], etcd3: [] };

/** @param {string} patroni the program @returns {EtcdApi} */
export function etcdApiFor(patroni) {
  const { stdout = '' } = spawnSync(patroni, ['--version'], { encoding: 'utf8', cwd: '/' });
  return etcdApiOf(stdout);
}

/** @param {string} version as Patroni tells it @returns {EtcdApi} */
export function etcdApiOf(version) {
  const numbers = (/(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  for (const [i, least] of FIRST_WITH_THIRD.entries()) {
    const number = numbers[i] ?? 0;
    if (number !== least) return number > least ? 'etcd3' : 'etcd';
  }
  return 'etcd3';
}
