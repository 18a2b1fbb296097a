import type { Pool } from 'pg';
import { expect } from 'vitest';

/** What a plan touched: rows of the ledger and of the wallets that were looked at, whatever became of them. */
export interface Touched {
  rows: number;
  nodes: Set<string>;
}

/** Runs every statement of a read a second time under EXPLAIN ANALYZE. */
export async function touchedBy(database: Pool, read: () => Promise<unknown>): Promise<Touched> {
  const statements: [string, unknown[]][] = [];
  const query = database.query;
  database.query = ((...asked: [string, unknown[]] | [{ text: string; values: unknown[] }]) => {
    const [first] = asked;
    statements.push(typeof first === 'string' ? [first, asked[1] ?? []] : [first.text, first.values]);
    return Reflect.apply(query, database, asked);
  }) as typeof query;
  await read().finally(() => {
    database.query = query;
  });
  expect(statements.length).toBeGreaterThan(0);
  const touched: Touched = { rows: 0, nodes: new Set() };
  for (const [text, values] of statements) {
    const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
      values,
    );
    addNode((rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan, touched);
  }
  return touched;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

function addNode(node: PlanNode, touched: Touched): void {
  if (node['Relation Name'] !== undefined) {
    touched.nodes.add(`${node['Node Type']} ${node['Relation Name']}`);
    touched.rows += (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
  }
  for (const child of node.Plans ?? []) addNode(child, touched);
}
