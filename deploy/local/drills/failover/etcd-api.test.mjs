// @ts-check
import { expect, it } from 'vitest';
import { etcdApiOf } from './etcd-api.mjs';

it.each([
  ['patroni 3.0.2', 'etcd'],
  ['patroni 3.1.0', 'etcd'],
  ['patroni 3.1.1', 'etcd3'],
  ['patroni 3.10.0', 'etcd3'],
  ['patroni 4.0.5', 'etcd3'],
  ['', 'etcd'],
])('%s keeps the primary\u2019s key by %s', (version, api) => {
  expect(etcdApiOf(version)).toBe(api);
});
