// @ts-check
import { unknownOption } from '../commands/options.mjs';
import { green, red, terminalLog } from '../machine/terminal.mjs';
import { chartDrill } from './chart-drill.mjs';

/** @param {string[]} args @returns {Promise<number>} 0: it passed */
export async function helm(args) {
  if (args[0] !== undefined) throw unknownOption('npm run drill -- helm', args[0]);
  const { wrong, manifests } = await chartDrill(terminalLog);
  for (const what of wrong) console.log(`${red('✗')} ${what}`);
  if (wrong.length === 0)
    console.log(`${green('✓')} ${manifests} manifests: linted, as committed, and such as Kubernetes takes.`);
  return wrong.length === 0 ? 0 : 1;
}
