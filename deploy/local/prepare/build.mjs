// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { modulesDir, prepareDir, repoDir } from '../machine/paths.mjs';
import { lockFileHash, pinnedNode } from './install.mjs';
import { runLogged } from './run-logged.mjs';

const buildStamp = join(prepareDir, 'cache', 'build');
const webBuildStamp = join(prepareDir, 'cache', 'build-web');
const webDir = join(repoDir, 'web');
const browserTestsDir = join(webDir, 'e2e');
/** In the order in which they need each other. */
const BUILD_PROJECTS = ['deploy/local', '.'];
const CONFIG_FILES = ['tsconfig.json', 'tsconfig.base.json'].map((name) => join(repoDir, name));
/** @type {{ references: { path: string }[] }} */
const { references } = JSON.parse(readFileSync(join(repoDir, 'tsconfig.json'), 'utf8'));
/** All that is compiled. */
const PROJECTS = ['deploy/local', ...references.map(({ path }) => path)];
const BUILD_OUTPUTS = PROJECTS.map((name) => join(repoDir, name, 'dist'));

export function buildIsStale() {
  if (!BUILD_OUTPUTS.every((output) => existsSync(join(output, '.tsbuildinfo')))) return true;
  return !isStamped(buildStamp, sourcesFingerprint());
}

/** Vite empties its output folder first: a build that was broken off leaves no page. */
export function webBuildIsStale() {
  return !existsSync(join(webDir, 'dist', 'index.html')) || !isStamped(webBuildStamp, webFingerprint());
}

/** @param {string} stamp @param {string} sources */
function isStamped(stamp, sources) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

/** All that the compiler reads of ours. */
function sourcesFingerprint() {
  const roots = [...CONFIG_FILES, ...BUILD_OUTPUTS.map((output) => dirname(output))];
  return fingerprint(roots, (path) => /\.([cm]?[jt]sx?|json)$/.test(path));
}

/** Every file of the web pages, their browser tests apart, and what they import of other programs. */
function webFingerprint() {
  return fingerprint(
    [...CONFIG_FILES, webDir, join(repoDir, 'engine', 'src', 'contract'), join(repoDir, 'client', 'src')],
    (path) => !path.startsWith(browserTestsDir),
  );
}

/**
 * Names, sizes and times of files.
 * @param {string[]} roots
 * @param {(path: string) => boolean} counts
 */
function fingerprint(roots, counts) {
  const hash = createHash('sha256').update(lockFileHash());
  const visit = (/** @type {string} */ path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const entry of readdirSync(path).sort())
        if (entry !== 'dist' && entry !== 'node_modules') visit(join(path, entry));
    } else if (counts(path)) hash.update(`${path}:${stat.size}:${stat.mtimeMs}\n`);
  };
  for (const root of roots) visit(root);
  return hash.digest('hex');
}

/** @param {import('../machine/terminal.mjs').Log} log */
export async function compile(log) {
  let built = '';
  await log.step('Building', async () => {
    await runLogged(pinnedNode(), [join(repoDir, 'client', 'generate.mjs')], {
      logName: 'generate',
      failure: 'Generating the client failed',
    });
    // What is generated is compiled, too.
    built = sourcesFingerprint();
    const args = [join(modulesDir, 'typescript', 'bin', 'tsc'), '-b', ...BUILD_PROJECTS];
    await runLogged(pinnedNode(), args, { logName: 'build', failure: 'The build failed', lines: 40 });
  });
  writeStamp(buildStamp, built);
}

/** Vite does not look at types: the compiler does, meanwhile. @param {import('../machine/terminal.mjs').Log} log */
export async function buildWeb(log) {
  const built = webFingerprint();
  await log.step('Building the web pages', async () => {
    const failure = 'Building the web pages failed';
    const types = [join(modulesDir, 'typescript', 'bin', 'tsc'), '-p', webDir, '--noEmit'];
    const pages = [join(modulesDir, 'vite', 'bin', 'vite.js'), 'build'];
    const results = await Promise.allSettled([
      runLogged(pinnedNode(), types, { logName: 'build-web-types', failure, lines: 40 }),
      runLogged(pinnedNode(), pages, { logName: 'build-web', failure, lines: 40, cwd: webDir }),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
  writeStamp(webBuildStamp, built);
}

/** @param {string} stamp @param {string} built */
function writeStamp(stamp, built) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, built);
}
