// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../../machine/files.mjs';
import { prepareDir, repoDir } from '../../machine/paths.mjs';
import { LaunchError, silentLog } from '../../machine/terminal.mjs';
import { runLogged } from '../../prepare/run-logged.mjs';

/** @typedef {{ version: string, commit: string, newestMigration: string }} Release */

/** The newest one last. @type {readonly Release[]} */
export const RELEASES = readJson(join(repoDir, 'deploy', 'releases.json'));

/**
 * The programs of another version of this repository.
 * @typedef {{
 *   title: string,
 *   folder: string,
 *   migrate: string,
 *   engine: string,
 *   gateway: string,
 *   workers: string | null,
 * }} OlderBuild
 *   `workers`: null where it has none
 */

/** That version is not to be had here, for no fault of the platform's. */
export class NoOlderBuild extends LaunchError {}

/**
 * Builds a revision in a folder of its own, once; or takes a folder that is built.
 * @param {string} from a version of releases.json, a revision of git, or a folder
 * @param {import('../../machine/terminal.mjs').Log} [log]
 * @returns {Promise<OlderBuild>}
 */
export async function provideOlderBuild(from, log = silentLog) {
  if (existsSync(join(from, 'package.json'))) return programsOf(from, from);
  const release = RELEASES.find(({ version }) => version === from);
  const commit = commitOf(release?.commit ?? from);
  const title = release ? `${from} (${commit.slice(0, 7)})` : commit.slice(0, 7);
  const folder = join(prepareDir, 'builds', commit.slice(0, 12));
  if (!existsSync(folder)) await log.step(`Building ${title} (a few minutes, once)`, () => build(commit, folder));
  return programsOf(folder, title);
}

/** @param {string} revision */
function commitOf(revision) {
  const { status, stdout, stderr } = git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (status === 0) return stdout.trim();
  const isShallow = git(['rev-parse', '--is-shallow-repository']).stdout.trim() === 'true';
  throw new NoOlderBuild(
    isShallow
      ? `This clone is shallow and lacks ${revision}: git fetch --unshallow`
      : `git knows no revision ${revision} here. ${stderr.trim()}`,
  );
}

/** @param {string} commit @param {string} folder */
async function build(commit, folder) {
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const archive = join(unfinished, 'sources.tar');
    git(['archive', '--format=tar', `--output=${archive}`, commit]);
    const logged = { logName: 'build-older', failure: `Building ${commit.slice(0, 7)} failed`, cwd: unfinished };
    await runLogged('tar', ['-xf', archive], logged);
    rmSync(archive);
    await provideModules(unfinished, logged);
    const bin = join(unfinished, 'node_modules');
    if (existsSync(join(unfinished, 'client', 'generate.mjs')))
      await runLogged(process.execPath, [join('client', 'generate.mjs')], logged);
    const workspaces = ['engine', 'gateway', 'workers'].filter((name) => existsSync(join(unfinished, name)));
    await runLogged(process.execPath, [join(bin, 'typescript', 'bin', 'tsc'), '-b', ...workspaces], logged);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/**
 * Those of its lock file: ours, where it is the same.
 * @param {string} folder
 * @param {{ logName: string, failure: string, cwd: string }} logged
 */
async function provideModules(folder, logged) {
  const lock = (/** @type {string} */ of) => readFileSync(join(of, 'package-lock.json'), 'utf8');
  const ours = join(repoDir, 'node_modules');
  // Hard links: a copy that takes no room. Links to the workspaces are relative, and lead into the other folder.
  if (lock(folder) === lock(repoDir) && spawnSync('cp', ['-al', ours, folder]).status === 0) return;
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  await runLogged('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], logged);
}

/** @param {string} folder @param {string} title @returns {OlderBuild} */
function programsOf(folder, title) {
  const program = (/** @type {string} */ path) => join(folder, path);
  const workers = program('workers/dist/main.js');
  const build = {
    ...{ title, folder, migrate: program('engine/dist/migrate.js'), engine: program('engine/dist/main.js') },
    ...{ gateway: program('gateway/dist/main.js'), workers: existsSync(workers) ? workers : null },
  };
  for (const path of [build.migrate, build.engine, build.gateway])
    if (!existsSync(path)) throw new LaunchError(`${path} is missing: build it with npm ci && npm run build`);
  return build;
}

/** @param {string[]} args */
function git(args) {
  return spawnSync('git', ['-C', repoDir, ...args], { encoding: 'utf8' });
}
