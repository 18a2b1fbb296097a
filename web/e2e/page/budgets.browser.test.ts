import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Of the build that the gateway serves. */
const dist = join(import.meta.dirname, '..', '..', 'dist');
const kB = 1_000;

/** What a page loads before it shows anything: its script, and what that needs, compressed. */
function firstLoad(page: string): { files: string[]; bytes: number } {
  const html = readFileSync(join(dist, page), 'utf8');
  const files = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+\.(?:js|css))"/g)].map(([, name]) => name as string);
  expect(files.length).toBeGreaterThan(1);
  return { files, bytes: files.reduce((sum, file) => sum + packedBytes(file), 0) };
}

function packedBytes(file: string): number {
  return statSync(join(dist, 'assets', `${file}.gz`)).size;
}

test('the wallboard loads at most 300 kB, its charts included', () => {
  expect(firstLoad('index.html').bytes).toBeLessThan(300 * kB);
});

test('the console loads at most 260 kB, and each further page at most 40 kB', () => {
  const first = firstLoad('console.html');
  const wallboard = firstLoad('index.html');
  expect(first.bytes).toBeLessThan(260 * kB);
  const rest = readdirSync(join(dist, 'assets')).filter(
    (file) => file.endsWith('.js') && !first.files.includes(file) && !wallboard.files.includes(file),
  );
  expect(rest.length).toBeGreaterThan(5);
  for (const file of rest) expect([file, packedBytes(file) < 40 * kB]).toEqual([file, true]);
});

test('charts lie apart: at most 130 kB, which the console does not load before there is one', () => {
  const first = firstLoad('console.html').files;
  const drawing = readdirSync(join(dist, 'assets')).find((file) => /^drawing-.*\.js$/.test(file)) as string;
  const charts = [...needed(drawing)].filter((file) => !first.includes(file));
  expect(charts.some((file) => readFileSync(join(dist, 'assets', file), 'utf8').includes('recharts-'))).toBe(true);
  expect(charts.reduce((sum, file) => sum + packedBytes(file), 0)).toBeLessThan(130 * kB);
  const early = first.filter((file) => readFileSync(join(dist, 'assets', file), 'utf8').includes('recharts-'));
  expect(early).toEqual([]);
});

/** A script, and all that it imports at once. */
function needed(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const code = readFileSync(join(dist, 'assets', file), 'utf8');
  for (const [, name] of code.matchAll(/\bfrom\s*[`"']\.\/([^`"']+\.js)[`"']/g)) needed(name as string, found);
  return found;
}

test('nothing of the console is in what the wallboard loads', () => {
  const { files } = firstLoad('index.html');
  const code = files.map((file) => readFileSync(join(dist, 'assets', file), 'utf8')).join('\n');
  for (const part of ['react-aria', 'Sign in', 'Saved views'])
    expect([part, code.includes(part)]).toEqual([part, false]);
});
