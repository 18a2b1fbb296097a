import { randomUUID } from 'node:crypto';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';

let scratch: ScratchDatabase;
let gateways: pg.Client[];

beforeAll(async () => {
  scratch = await createScratchDatabase('creations');
  gateways = [new pg.Client(scratch.urlAs('wallet_gateway')), new pg.Client(scratch.urlAs('wallet_gateway'))];
  await Promise.all(gateways.map((gateway) => gateway.connect()));
});

afterAll(async () => {
  await Promise.all((gateways ?? []).map((gateway) => gateway.end()));
  await scratch?.drop();
});

interface Creation {
  walletId?: string;
  key?: string | null;
  hash: string;
}

async function create({ walletId = uuidv7(), key = null, hash }: Creation, gateway = gateways[0] as pg.Client) {
  const { rows } = await gateway.query(
    `SELECT outcome, recorded_kind, recorded_id, recorded_request_hash, clock_ms::float8
       FROM create_wallet_v3($1, NULL, 'EUR', 'ACTIVE', NULL, NULL, $2, $3, $4)`,
    [walletId, hash, key, Date.now() + 2_000],
  );
  expect(Math.abs(rows[0].clock_ms - Date.now())).toBeLessThan(60_000);
  return {
    outcome: rows[0].outcome,
    kind: rows[0].recorded_kind,
    id: rows[0].recorded_id,
    hash: rows[0].recorded_request_hash,
  };
}

test('one key makes one wallet, also when two calls race', async () => {
  const [key, hash] = [randomUUID(), randomUUID()];
  const racing = await Promise.all(gateways.map((gateway) => create({ key, hash }, gateway)));
  expect(racing.map(({ outcome }) => outcome).sort()).toEqual(['CREATED', 'KEY_KNOWN']);
  expect(new Set(racing.map(({ id }) => id)).size).toBe(1);
  expect(await create({ key, hash })).toEqual({ ...racing[0], outcome: 'KEY_KNOWN' });
});

test('a key used for another request says for which, and makes nothing', async () => {
  const [key, hash, walletId] = [randomUUID(), randomUUID(), uuidv7()];
  const { id } = await create({ key, hash });
  expect(await create({ walletId, key, hash: randomUUID() })).toEqual({
    outcome: 'KEY_KNOWN',
    kind: 'WALLET',
    id,
    hash,
  });
  const { rowCount } = await (gateways[0] as pg.Client).query('SELECT FROM wallets WHERE wallet_id = $1', [walletId]);
  expect(rowCount).toBe(0);
});

test('the same id again: the key names the wallet when the request is the same, and nothing when it is another', async () => {
  const [walletId, hash, same, another] = [uuidv7(), randomUUID(), randomUUID(), randomUUID()];
  expect(await create({ walletId, hash })).toMatchObject({ outcome: 'CREATED', id: walletId });
  expect(await create({ walletId, hash, key: same })).toMatchObject({ outcome: 'WALLET_EXISTS', hash });
  expect(await create({ hash, key: same })).toMatchObject({ outcome: 'KEY_KNOWN', id: walletId });
  expect(await create({ walletId, hash: randomUUID(), key: another })).toMatchObject({
    outcome: 'WALLET_EXISTS',
    hash,
  });
  expect(await create({ hash, key: another })).toMatchObject({ outcome: 'CREATED' });
});

test('a wallet is written with no time above the bound', async () => {
  const bound = Date.now() - 3_600_000;
  const walletId = uuidv7();
  const client = gateways[0] as pg.Client;
  await client.query(`SELECT create_wallet_v2($1, NULL, 'EUR', 'ACTIVE', NULL, NULL, NULL, $2)`, [walletId, bound]);
  const { rows } = await client.query('SELECT created_at, updated_at FROM wallets WHERE wallet_id = $1', [walletId]);
  expect(rows).toEqual([{ created_at: new Date(bound), updated_at: new Date(bound) }]);
});
