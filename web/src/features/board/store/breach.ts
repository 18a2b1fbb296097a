import type { Severity } from '../../../ui/severity.js';
import type { Rule } from '../verdict/verdict.js';
import type { BoardView } from './board-store.js';

/** How badly the rules that belong to a tile are broken, by the same findings the verdict is made of; null: they hold. */
export function breachOf(view: Pick<BoardView, 'findings'>, ...rules: Rule[]): Severity | null {
  return view.findings.find((finding) => rules.includes(finding.rule))?.severity ?? null;
}
