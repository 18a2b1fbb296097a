import { liveSilentAfterMs } from '@smart-wallet/engine/contract/live.js';
import { durationText } from '../../../figures/format.js';
import type { Severity } from '../../../ui/severity.js';
import type { Naming } from '../partitions/engine-names.js';
import { latestTakeover } from '../partitions/takeover-words.js';
import type { BoardView } from '../store/board-store.js';
import { personView } from '../store/person-view.js';

export interface PersonItem {
  severity: Severity;
  text: string;
  /** When it happened, where that matters. */
  atMs: number | null;
}

/** What somebody should look at: every rule that is broken, who is silent, and the latest unplanned takeover. */
export function personList(view: BoardView, naming: Naming): PersonItem[] {
  const items: PersonItem[] = view.findings
    // Breaks of the ledger are a line of those that wait for a person, with their age.
    .filter(({ severity, rule }) => severity !== 'good' && rule !== 'CONNECTING' && rule !== 'LEDGER_BROKEN')
    .map((finding) => ({ severity: finding.severity, text: finding.sentence, atMs: null }));
  const frame = view.frame;
  if (!frame) return items;
  for (const { severity, full, count, sinceMs } of personView(view)?.rows ?? []) {
    items.push({ severity, text: count === null || count === '1' ? full : `${full}: ${count}`, atMs: sinceMs });
  }
  for (const engine of frame.workers) {
    if (engine.heardMsAgo > liveSilentAfterMs) items.push(silent(engine.name, engine.heardMsAgo));
  }
  for (const gateway of frame.gateways) {
    if (gateway.heardMsAgo > liveSilentAfterMs) items.push(silent(gateway.gatewayId, gateway.heardMsAgo));
  }
  const unplanned = frame.takeovers.filter((takeover) => !takeover.planned && takeover.from !== null);
  const takeover = latestTakeover(unplanned, naming);
  if (takeover) items.push({ severity: 'warning', text: takeover.sentence, atMs: takeover.atMs });
  return items;
}

function silent(name: string, heardMsAgo: number): PersonItem {
  return { severity: 'warning', text: `${name} has been silent for ${durationText(heardMsAgo)}`, atMs: null };
}
