import { type PersonLine, personCountMax, type WaitingKind, waitingKinds } from '@smart-wallet/engine/contract/live.js';
import { countText, shortAge } from '../../../figures/format.js';
import type { Severity } from '../../../ui/severity.js';
import { lineWords } from '../tiles/person-words.js';
import type { BoardView } from './board-store.js';
import { type Freshness, frameFreshness } from './freshness.js';

/** What was read longer ago is no present. */
export const personStaleAfterMs = 10_000;

export interface PersonRow {
  kind: string;
  severity: Severity;
  short: string;
  full: string;
  /** null: of a state, of which there is one. */
  count: string | null;
  age: string;
  /** Unix milliseconds, of the oldest. */
  sinceMs: number;
}

export interface PersonView {
  freshness: Freshness;
  /** Nothing is known: not yet, or never. */
  isUnknown: boolean;
  rows: readonly PersonRow[];
  acknowledged: number;
  /** How its tile is coloured; null: calm. */
  breach: 'critical' | 'warning' | null;
  /** The last reconciliation, and how far the relay is behind. Older gateways do not tell. */
  asides: readonly string[];
}

type Told = Pick<BoardView, 'frame' | 'frameAgeMs' | 'ledgerMs' | 'engineMs' | 'tryingForMs' | 'trouble'>;

/** What waits for a person; null: this gateway does not tell. */
export function personView(view: Told): PersonView | null {
  const needs = view.frame?.needsPerson;
  if (view.frame && needs === undefined) return null;
  const nowMs = view.frame?.madeAtMs ?? 0;
  const ageMs = (needs?.ageMs ?? 0) + (view.frameAgeMs ?? 0);
  const ofFrame = frameFreshness(view);
  const freshness: Freshness =
    ofFrame.state === 'live' && ageMs >= personStaleAfterMs ? { state: 'stale', ageMs } : ofFrame;
  const rows = (needs?.lines ?? []).map((line) => personRow(line, nowMs));
  // An approval is work and no trouble: its line is marked, and the tile keeps its colour.
  const pressing = rows.filter(({ kind, severity }) => severity !== 'unknown' && kind !== 'APPROVALS_WAITING');
  return {
    freshness,
    isUnknown: !needs,
    rows,
    acknowledged: needs?.acknowledged ?? 0,
    breach: pressing.some(({ severity }) => severity === 'critical') ? 'critical' : pressing[0] ? 'warning' : null,
    asides: [...reconciledWords(needs?.reconciledAt, nowMs), ...relayWords(needs?.relayLagMs)],
  };
}

/** As many as there is room for. What is no alert has a row in any case; of alerts the worst are named, the others counted. */
export function rowsWithin(rows: readonly PersonRow[], rowsMax: number): readonly PersonRow[] {
  if (rows.length <= rowsMax) return rows;
  const room = rowsMax - 1 - rows.filter(({ kind }) => isWaiting(kind)).length;
  const alerts = rows.filter(({ kind }) => !isWaiting(kind));
  const rest = alerts.slice(Math.max(0, room));
  const [worst] = rest;
  if (!worst) return rows.slice(0, rowsMax);
  const sinceMs = Math.min(...rest.map((row) => row.sinceMs));
  const oldest = rest.find((row) => row.sinceMs === sinceMs) ?? worst;
  const more: PersonRow = {
    ...{ kind: 'MORE_ALERTS', severity: worst.severity, short: 'More alerts', sinceMs, age: oldest.age },
    full: rest.map(({ full }) => full).join('. '),
    count: countText(rest.length),
  };
  return [...rows.filter((row) => !rest.includes(row)), more];
}

function personRow({ kind, severity, count, oldestAt }: PersonLine, nowMs: number): PersonRow {
  return {
    kind,
    severity: severities[severity] ?? 'unknown',
    ...lineWords(kind),
    count: isState(kind) ? null : count >= personCountMax ? `${countText(personCountMax)}+` : countText(count),
    age: shortAge(Math.max(0, nowMs - oldestAt)),
    sinceMs: oldestAt,
  };
}

const severities: Record<PersonLine['severity'], Severity> = {
  CRITICAL: 'critical',
  WARNING: 'warning',
  INFO: 'unknown',
};

const isWaiting = (kind: string) => waitingKinds.includes(kind as WaitingKind);
const isState = (kind: string) => kind.startsWith('RECONCILIATION_') || kind === 'RELAY_LAG';

function reconciledWords(atMs: number | null | undefined, nowMs: number): string[] {
  if (atMs === undefined) return [];
  return [atMs === null ? 'never reconciled' : `reconciled ${shortAge(Math.max(0, nowMs - atMs))} ago`];
}

function relayWords(lagMs: number | null | undefined): string[] {
  if (lagMs === undefined) return [];
  if (lagMs === null) return ['no relay yet'];
  return [lagMs < 1_000 ? 'events < 1 s behind' : `events ${shortAge(lagMs)} behind`];
}
