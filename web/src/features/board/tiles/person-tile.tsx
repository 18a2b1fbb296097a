import { Mark } from '../../../ui/shape.js';
import { personLink } from '../console-links.js';
import { type PersonRow, type PersonView, rowsWithin } from '../store/person-view.js';
import { Tile } from './tile.js';

/** So many have the tile's whole place. */
const rowsMax = 5;

/** Rows of the latest payments that have room beside it: they are a sample, and give way. */
export function tickerRowsBeside(person: PersonView | null): number {
  if (person === null) return 6;
  return [4, 3, 2][shownRows(person).length] ?? 0;
}

/** What waits for somebody, the worst first. What somebody has taken on is only counted. */
export function PersonTile({ person }: { person: PersonView }) {
  const rows = shownRows(person);
  return (
    <Tile
      name="person"
      title={<Title person={person} />}
      aside={<Asides person={person} />}
      breach={person.breach}
      freshness={person.freshness}
    >
      {() => rows.length > 0 && <PersonRows rows={rows} acknowledged={person.acknowledged} />}
    </Tile>
  );
}

function shownRows({ rows, acknowledged }: PersonView): readonly PersonRow[] {
  return rowsWithin(rows, acknowledged > 0 ? rowsMax - 1 : rowsMax);
}

/** It says that nobody is needed only while that is known. */
function Title({ person: { rows, acknowledged, isUnknown, freshness } }: { person: PersonView }) {
  if (rows.length > 0 || freshness.state === 'loading' || freshness.state === 'failed') return 'Needs a person';
  const isKnown = !isUnknown && freshness.state === 'live';
  return (
    <>
      <Mark severity={isKnown ? 'good' : 'unknown'} />
      {!isKnown ? 'Needs a person' : acknowledged > 0 ? `${acknowledged} taken on` : 'All quiet'}
    </>
  );
}

function Asides({ person: { asides, isUnknown } }: { person: PersonView }) {
  return (
    <span className="person-asides detail">
      {isUnknown ? 'not known yet' : asides.map((aside) => <span key={aside}>{aside}</span>)}
    </span>
  );
}

function PersonRows({ rows, acknowledged }: { rows: readonly PersonRow[]; acknowledged: number }) {
  return (
    <ul className="person-lines">
      {rows.map(({ kind, severity, short, full, count, age }) => (
        <li key={kind} className="person-line" data-kind={kind} title={full}>
          <Mark severity={severity} />
          <a className="person-words tile-link" href={personLink(kind)}>
            {short}
          </a>
          <span className="person-count">{count}</span>
          <span className="person-age">{age}</span>
        </li>
      ))}
      {acknowledged > 0 && <li className="detail">and {acknowledged} acknowledged</li>}
    </ul>
  );
}
