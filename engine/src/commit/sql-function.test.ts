import { expect, test } from 'vitest';
import { arrayColumns, SqlFunction } from './sql-function.js';

test('a database function is called with every argument by its name, whatever the order in which they are given', () => {
  const lists = { t_ix: 'int4[]', t_key: 'text[]' } as const;
  const twist = new SqlFunction('twist', { p_seq: 'int8', ...lists, p_root: 'bytea' }, 'committed');
  const columns = arrayColumns(lists, 1);
  columns.t_ix.int4(5);
  const p_root = Buffer.of(1);
  expect(twist.call({ p_root, ...columns, t_key: null, p_seq: 7 })).toEqual({
    name: 'twist',
    text:
      'SELECT twist(p_seq => $1::int8, t_ix => $2::int4[], t_key => $3::text[], ' + 'p_root => $4::bytea) AS committed',
    values: [7, columns.t_ix.toBuffer(), null, p_root],
  });
});
