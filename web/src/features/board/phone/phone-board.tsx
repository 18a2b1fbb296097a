import type { ReactNode } from 'react';
import {
  ageText,
  countText,
  durationParts,
  durationText,
  percentText,
  rateText,
  successText,
  utcTime,
} from '../../../figures/format.js';
import { byCount } from '../../../figures/sum.js';
import type { Severity } from '../../../ui/severity.js';
import { Mark, Shape } from '../../../ui/shape.js';
import type { BoardView } from '../store/board-store.js';
import { breachOf } from '../store/breach.js';
import { engineFreshness, type Freshness, ledgerFreshness } from '../store/freshness.js';
import { personView } from '../store/person-view.js';
import { personList } from './person-list.js';
import './phone-board.css';
import { namesTogether } from '../partitions/engine-names.js';
import { VerdictBar } from '../tiles/verdict-bar.js';

/** The verdict, four figures, and what needs a person. */
export function PhoneBoard({ view }: { view: BoardView }) {
  const ledger = ledgerFreshness(view);
  const minute = view.figures?.lastMinute;
  const total = minute ? minute.succeeded + minute.failed : 0;
  const p99 = view.figures?.p99 ?? null;
  const [p99Figure, p99Unit] = p99 ? durationParts(p99.ms) : ['\u2013', ''];
  const waitingMs = view.figures?.oldestWaitingMs ?? null;
  const [waiting, waitingUnit] = waitingMs === null ? ['none', ''] : durationParts(waitingMs);
  const targets = view.about?.targets;
  return (
    <main className="phone">
      <VerdictBar view={view} />
      <Figure label="Payments / s" freshness={ledger} testId="payments-per-second">
        {rateText(view.figures?.perSecond ?? 0)}
      </Figure>
      <Figure
        label="Success"
        note={targets && `\u2265 ${percentText(targets.successPercent)} %`}
        freshness={ledger}
        breach={breachOf(view, 'FAILING')}
        testId="success"
      >
        {minute && total > 0 ? successText(minute.succeeded, minute.failed) : '\u2013'}
        {total > 0 && <span className="unit"> %</span>}
      </Figure>
      <Figure
        label="Latency p99"
        note={targets && `\u2264 ${durationText(targets.latencyP99Ms)}`}
        freshness={ledger}
        breach={breachOf(view, 'SLOW')}
        testId="latency-p99"
      >
        {p99?.atLeast && <span className="unit">{'> '}</span>}
        {p99Figure}
        <span className="unit"> {p99Unit}</span>
      </Figure>
      <Figure
        label="Oldest waiting"
        freshness={engineFreshness(view)}
        breach={breachOf(view, 'WAITING')}
        testId="waiting"
      >
        {waiting}
        <span className="unit"> {waitingUnit}</span>
      </Figure>
      <NeedsPerson view={view} />
    </main>
  );
}

interface FigureProps {
  label: string;
  note?: ReactNode;
  freshness: Freshness;
  breach?: Severity | null;
  testId: string;
  children: ReactNode;
}

function Figure({ label, note, freshness, breach = null, testId, children }: FigureProps) {
  const known = freshness.state === 'live' || freshness.state === 'stale';
  return (
    <section className={`tile phone-figure ${breach ? `breach-${breach}` : ''}`} data-state={freshness.state}>
      <h2>
        {breach && <Mark severity={breach} />}
        {label}
      </h2>
      <p className="figure" data-testid={testId}>
        {known ? children : '\u2013'}
      </p>
      <p className="detail">{freshness.state === 'stale' ? `${ageText(freshness.ageMs)} old` : note}</p>
    </section>
  );
}

function NeedsPerson({ view }: { view: BoardView }) {
  const items = personList(view, namesTogether(view.engines));
  const person = personView(view);
  const isKnown = view.frame !== null && !person?.isUnknown && person?.freshness.state !== 'stale';
  const { asides = [], acknowledged = 0 } = person ?? {};
  const details = [...(acknowledged > 0 ? [`${acknowledged} acknowledged`] : []), ...asides];
  const old = person?.freshness.state === 'stale' ? [`${ageText(person.freshness.ageMs)} old`] : [];
  const codes = byCount(view.figures?.lastMinute.failuresByCode ?? new Map());
  return (
    <section className="phone-list">
      <h2>Needs a person</h2>
      <ul>
        {items.length === 0 && (
          <li>
            <Shape severity={isKnown ? 'good' : 'unknown'} />
            <span>{isKnown ? 'Nothing now' : 'Not known'}</span>
          </li>
        )}
        {items.map((item) => (
          <li key={item.text}>
            <Shape severity={item.severity} />
            <span>{item.text}</span>
            {item.atMs !== null && <time className="quiet">{utcTime(item.atMs)}</time>}
          </li>
        ))}
      </ul>
      {(details.length > 0 || old.length > 0) && <p className="detail">{[...old, ...details].join(' \u00b7 ')}</p>}
      {codes.length > 0 && (
        <>
          <h2>Failed in the last minute</h2>
          <ul>
            {codes.map(([code, count]) => (
              <li key={code}>
                <span className="phone-code">{code}</span>
                <span className="phone-count">{countText(count)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
