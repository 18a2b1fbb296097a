import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBuild, programs } from './build.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-build-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function link(workspace: string, to: string): void {
  mkdirSync(join(folder, 'node_modules/@smart-wallet'), { recursive: true });
  symlinkSync(to, join(folder, 'node_modules/@smart-wallet', workspace));
}

function writeBuild(): void {
  write('package.json', '{"name": "smart-wallet"}');
  for (const workspace of ['engine', 'gateway']) write(`${workspace}/src/main.ts`);
  for (const program of Object.values(programs)) write(program);
  for (const workspace of ['engine', 'gateway']) write(`${workspace}/dist/.tsbuildinfo`);
}

test('a build is opened; where git does not tell, its commit is not known', () => {
  writeBuild();
  link('engine', '../../engine');
  link('gateway', '../../gateway');
  expect(openBuild('other', folder)).toEqual({ side: 'other', folder, commit: null });
});

test('a missing folder, and one of something else, are named', () => {
  expect(() => openBuild('other', join(folder, 'gone'))).toThrow(/there is no folder .*gone/);
  expect(() => openBuild('other', folder)).toThrow('is no checkout of this project');
});

test('what was never installed or built is told what to run', () => {
  write('package.json', '{"name": "smart-wallet"}');
  expect(() => openBuild('other', folder)).toThrow(/has no node_modules; .*npm ci && npm run build/);
  mkdirSync(join(folder, 'node_modules'));
  expect(() => openBuild('other', folder)).toThrow(
    /is not built, engine\/dist\/migrate.js is missing; .*npm run build/,
  );
});

test("a build whose node_modules lead to another checkout would run that one's code: refused", () => {
  writeBuild();
  link('engine', tmpdir());
  link('gateway', '../../gateway');
  expect(() => openBuild('other', folder)).toThrow("it would run another build's code");
});

test('sources changed after the build are refused, since they are not what would be measured', () => {
  writeBuild();
  link('engine', '../../engine');
  link('gateway', '../../gateway');
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(folder, 'gateway/src/main.ts'), later, later);
  expect(() => openBuild('other', folder)).toThrow('gateway was changed after it was built');
});
