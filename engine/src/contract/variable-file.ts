import { readFileSync, statSync } from 'node:fs';

/** More is no variable's value, but a file that was named by mistake. */
export const variableFileBytesMax = 65_536;

/** The value that a file holds, without the end of its last line. Throws an Error that says why not, and nothing of what is in it. */
export function readVariableFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Error('there is no such file');
  // To read a pipe could take for ever.
  if (!found.isFile()) throw new Error('it is no file');
  if (found.size > variableFileBytesMax) throw new Error(`it is longer than ${variableFileBytesMax} bytes`);
  const value = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
  // The second line would be sent as part of a password, or be left out of it: either way the login is not the one that was meant.
  if (/[\r\n]/.test(value))
    throw new Error('it has more than one line, and a value is one line (it may end in a newline)');
  return value;
}
