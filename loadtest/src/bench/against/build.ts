import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

export const sides = ['this', 'other'] as const;
export type Side = (typeof sides)[number];

/** A checkout that was built: what runs of it is in its own dist folders. */
export interface Build {
  side: Side;
  folder: string;
  /** The commit, and whether the files differ from it; null where git does not tell. */
  commit: string | null;
}

/** Why a folder cannot be measured, and what to do about it. */
export class BuildError extends Error {}

export const programs = {
  migrate: 'engine/dist/migrate.js',
  engine: 'engine/dist/main.js',
  gateway: 'gateway/dist/main.js',
  audit: 'loadtest/dist/audit/main.js',
};

/** Throws a BuildError unless the folder's programs can be started, and are those of its sources. */
export function openBuild(side: Side, folder: string): Build {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new BuildError(`there is no folder ${folder}`);
  if (packageName(folder) !== 'smart-wallet')
    throw new BuildError(`${folder} is no checkout of this project: give the folder that holds its package.json`);
  const howTo = `run there: npm ci && npm run build`;
  if (!existsSync(join(folder, 'node_modules'))) throw new BuildError(`${folder} has no node_modules; ${howTo}`);
  for (const program of Object.values(programs))
    if (!existsSync(join(folder, program)))
      throw new BuildError(`${folder} is not built, ${program} is missing; ${howTo}`);
  for (const workspace of ['engine', 'gateway']) {
    refuseForeignCode(folder, workspace);
    if (sourcesAreNewer(join(folder, workspace)))
      throw new BuildError(`${folder}/${workspace} was changed after it was built; ${howTo}`);
  }
  return { side, folder, commit: commitOf(folder) };
}

function packageName(folder: string): string | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
  } catch {
    return null;
  }
}

/** Programs import each other's workspaces through node_modules: linked to another checkout, they would run its code. */
function refuseForeignCode(folder: string, workspace: string): void {
  const link = join(folder, 'node_modules', '@smart-wallet', workspace);
  const own = realpathSync(folder) + sep;
  if (existsSync(link) && realpathSync(link).startsWith(own)) return;
  throw new BuildError(`${link} does not lead into ${folder}: it would run another build's code; run there: npm ci`);
}

function sourcesAreNewer(workspace: string): boolean {
  const built = statSync(join(workspace, 'dist', '.tsbuildinfo'), { throwIfNoEntry: false });
  if (!built) return false;
  const sources = readdirSync(join(workspace, 'src'), { recursive: true, withFileTypes: true });
  return sources
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .some((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs > built.mtimeMs);
}

function commitOf(folder: string): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const commit = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}, with changes`;
  } catch {
    return null;
  }
}

export function buildText({ folder, commit }: Build): string {
  return commit === null ? folder : `${folder} at ${commit}`;
}
