import { type AlertSeverity, severityRank } from '@smart-wallet/engine/contract/alerts.js';

/*
 * What becomes of one alert key (a type and what it is about) when it is judged.
 *
 *        fires                 mailed               a person                quiet for a minute
 *   ────────────► PENDING ──────────────► SENT ─────────────► ACKNOWLEDGED ───────────────────► RESOLVED
 *                    ▲                                              │
 *                    └──────── it got worse: told again ────────────┘
 *
 * - It is mailed once, when it fires. Not again while it goes on, unless its severity rises.
 * - The cooldown begins with that mail, and belongs to the key: an alert that fires again before it is over waits for its mail, and
 *   gets none if it is quiet by then.
 * - Acknowledged, it is silent until its severity rises or its value has doubled since. That holds for the key, too, for a cooldown after
 *   it was resolved: who flaps does not come back as news.
 * - When it is over, those who were told that it fires are told so, once, when the cooldown is over and it is still quiet.
 *
 * Pure: time and figures are arguments.
 */

/** It flaps less when it has to be quiet for as long as three rounds of judging by default. */
export const quietMsMin = 60_000;

export interface Acknowledged {
  readonly by: string;
  readonly severity: AlertSeverity;
  readonly value: number;
}

export interface OpenAlert {
  readonly severity: AlertSeverity;
  /** Told by mail that it fires, since it was raised or got worse. */
  readonly isTold: boolean;
  readonly acknowledged: Acknowledged | null;
  readonly quietSinceMs: number | null;
}

export interface KeyState {
  readonly open: OpenAlert | null;
  /** The last mail that said that it fires. */
  readonly mailed: { readonly atMs: number; readonly severity: AlertSeverity } | null;
  /** People believe that it fires. */
  readonly owesResolved: boolean;
  /** Of an alert that was resolved. */
  readonly lasting: (Acknowledged & { readonly untilMs: number }) | null;
}

export const nothingKnown: KeyState = { open: null, mailed: null, owesResolved: false, lasting: null };

export interface KeyRule {
  readonly severity: AlertSeverity;
  readonly cooldownMs: number;
}

/** null: it does not fire. `OFF`: nobody wants to know. */
export type Firing = { readonly value: number } | null | 'OFF';

/** What is to be written and sent, in this order. */
export type KeyAct = 'RAISE' | 'ESCALATE' | 'WORSEN' | 'MAIL' | 'RESOLVE' | 'MAIL_RESOLVED';

export interface Judged {
  readonly state: KeyState;
  readonly acts: readonly KeyAct[];
}

export function judgeKey(before: KeyState, firing: Firing, rule: KeyRule, nowMs: number): Judged {
  const state = { ...before, lasting: before.lasting && nowMs < before.lasting.untilMs ? before.lasting : null };
  if (firing === 'OFF') {
    const off = { ...state, open: null, owesResolved: false, lasting: null };
    return { state: off, acts: state.open ? ['RESOLVE'] : [] };
  }
  return firing === null ? judgeQuiet(state, rule, nowMs) : judgeFiring(state, firing.value, rule, nowMs);
}

function judgeFiring(state: KeyState, value: number, rule: KeyRule, nowMs: number): Judged {
  const acts: KeyAct[] = [];
  let { open } = state;
  if (open === null) {
    const silent = state.lasting && !isWorse(state.lasting, value, rule.severity) ? state.lasting : null;
    open = { severity: rule.severity, isTold: false, acknowledged: silent && plain(silent), quietSinceMs: null };
    acts.push('RAISE');
  } else {
    if (severityRank(rule.severity) > severityRank(open.severity)) acts.push('ESCALATE');
    open = { ...open, severity: rule.severity, quietSinceMs: null };
  }
  let isUrgent = false;
  if (open.acknowledged && isWorse(open.acknowledged, value, rule.severity)) {
    open = { ...open, acknowledged: null, isTold: false };
    acts.push('WORSEN');
    isUrgent = true;
  }
  if (!open.acknowledged && wantsMail(state, open, rule, nowMs, isUrgent)) {
    acts.push('MAIL');
    const mailed = { atMs: nowMs, severity: open.severity };
    return { state: { open: { ...open, isTold: true }, mailed, owesResolved: true, lasting: null }, acts };
  }
  return { state: { ...state, open, lasting: null }, acts };
}

function wantsMail(
  { mailed }: KeyState,
  open: OpenAlert,
  { cooldownMs }: KeyRule,
  nowMs: number,
  isUrgent: boolean,
): boolean {
  if (mailed === null || isUrgent) return true;
  if (severityRank(open.severity) > severityRank(mailed.severity)) return true;
  return !open.isTold && nowMs >= mailed.atMs + cooldownMs;
}

function judgeQuiet(state: KeyState, { cooldownMs }: KeyRule, nowMs: number): Judged {
  const { open, mailed } = state;
  if (open !== null) {
    const quietSinceMs = open.quietSinceMs ?? nowMs;
    if (nowMs - quietSinceMs < quietMsMin) return { state: { ...state, open: { ...open, quietSinceMs } }, acts: [] };
    const lasting = open.acknowledged && { ...open.acknowledged, untilMs: nowMs + cooldownMs };
    const { state: after, acts } = judgeQuiet({ ...state, open: null, lasting }, { cooldownMs } as KeyRule, nowMs);
    return { state: after, acts: ['RESOLVE', ...acts] };
  }
  const isOver = mailed === null || nowMs >= mailed.atMs + cooldownMs;
  if (state.owesResolved && isOver) return { state: { ...state, owesResolved: false }, acts: ['MAIL_RESOLVED'] };
  return { state, acts: [] };
}

function isWorse(acknowledged: Acknowledged, value: number, severity: AlertSeverity): boolean {
  return severityRank(severity) > severityRank(acknowledged.severity) || value >= 2 * acknowledged.value;
}

function plain({ by, severity, value }: Acknowledged): Acknowledged {
  return { by, severity, value };
}
