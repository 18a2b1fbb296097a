// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Makes `src/generated` from the committed description of the API, when that, the generator or this file has changed; else
 * it costs a millisecond. Whatever compiles or tests calls it first. It takes Node 22.18 or later: the pinned one.
 */

const clientDir = fileURLToPath(new URL('.', import.meta.url));
const descriptionFile = join(clientDir, '..', 'gateway', 'openapi.json');
const packageFile = join(clientDir, 'package.json');
const outputDir = join(clientDir, 'src', 'generated');
const stampFile = join(outputDir, '.made-from');

/** @returns {Promise<boolean>} whether there was anything to do */
export async function generateClient() {
  const description = readFileSync(descriptionFile, 'utf8');
  const stamp = stampOf(description);
  if (isMadeFrom(stamp)) return false;
  const { createClient } = await import('@hey-api/openapi-ts');
  // Others may be at the same: each makes its own and the folder is changed as a whole.
  const newDir = join(clientDir, 'dist', `generated-${process.pid}`);
  const oldDir = `${newDir}-old`;
  try {
    mkdirSync(newDir, { recursive: true });
    await createClient({
      input: JSON.parse(description),
      logs: { level: 'silent' },
      output: { path: newDir, module: { extension: '.js' } },
      plugins: [
        '@hey-api/typescript',
        '@hey-api/client-fetch',
        {
          name: '@hey-api/sdk',
          operations: { strategy: 'single', containerName: 'Operations' },
        },
      ],
    });
    keepKnownChoices(join(newDir, 'types.gen.ts'));
    writeFileSync(join(newDir, '.made-from'), stamp);
    replace(newDir, oldDir, stamp);
  } finally {
    for (const left of [newDir, oldDir]) rmSync(left, { recursive: true, force: true });
  }
  return true;
}

/** @param {string} stamp */
function isMadeFrom(stamp) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
}

/** @param {string} description */
function stampOf(description) {
  const hash = createHash('sha256').update(description).update(readFileSync(packageFile));
  return hash.update(readFileSync(fileURLToPath(import.meta.url))).digest('hex');
}

/**
 * `'A' | 'B' | string` is no more than `string` to the compiler: nobody would be offered what is known.
 * @param {string} file
 */
function keepKnownChoices(file) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/(?<='[A-Z_a-z]+' \| )string\b/g, '(string & {})'));
}

/** @param {string} newDir @param {string} oldDir @param {string} stamp */
function replace(newDir, oldDir, stamp) {
  try {
    if (existsSync(outputDir)) renameSync(outputDir, oldDir);
    renameSync(newDir, outputDir);
  } catch (error) {
    if (!isMadeFrom(stamp)) throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generateClient();
