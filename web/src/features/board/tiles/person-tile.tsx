import type { PersonLine } from '@smart-wallet/engine/contract/live.js';
import { durationText } from '../../../figures/format.js';
import type { Severity } from '../../../ui/severity.js';
import { Mark } from '../../../ui/shape.js';
import type { BoardView } from '../store/board-store.js';
import { frameFreshness } from '../store/freshness.js';
import { lineWords } from './person-words.js';
import { Tile } from './tile.js';

const linesMax = 2;
/** What was read longer ago is no present. */
const oldAfterMs = 10_000;

const severities: Record<PersonLine['severity'], Severity> = {
  CRITICAL: 'critical',
  WARNING: 'warning',
  INFO: 'unknown',
};

/** What waits for somebody, the worst first. What somebody has taken on is only counted. */
export function PersonTile({ view }: { view: BoardView }) {
  const needs = view.frame?.needsPerson ?? null;
  const worst = needs?.lines[0];
  // When nothing waits, the room is the latest payments'.
  if (!worst) return null;
  const breach = worst && worst.severity !== 'INFO' ? (severities[worst.severity] as 'critical' | 'warning') : null;
  const aside = needs && needs.acknowledged > 0 ? `${needs.acknowledged} acknowledged` : null;
  return (
    <Tile name="person" title="Needs a person" aside={aside} breach={breach} freshness={frameFreshness(view)}>
      {() => <PersonLines view={view} />}
    </Tile>
  );
}

function PersonLines({ view }: { view: BoardView }) {
  const needs = view.frame?.needsPerson ?? null;
  if (needs === null || needs.ageMs > oldAfterMs) {
    return (
      <p className="person-quiet">
        <Mark severity="unknown" /> not known
      </p>
    );
  }
  if (needs.lines.length === 0) {
    return (
      <p className="person-quiet">
        <Mark severity="good" /> all quiet
      </p>
    );
  }
  const shown = needs.lines.slice(0, needs.lines.length > linesMax ? linesMax - 1 : linesMax);
  const rest = needs.lines.slice(shown.length).reduce((sum, { count }) => sum + count, 0);
  const now = view.frame?.madeAtMs ?? 0;
  return (
    <ul className="person-lines">
      {shown.map((line) => (
        <li key={line.kind} className="person-line" data-kind={line.kind}>
          <Mark severity={severities[line.severity]} />
          <span className="person-words">{lineWords(line.kind)}</span>
          <span>{line.count}</span>
          <span className="person-age">{durationText(Math.max(0, now - line.oldestAt))}</span>
        </li>
      ))}
      {rest > 0 && <li className="person-line person-more">and {rest} more</li>}
    </ul>
  );
}
