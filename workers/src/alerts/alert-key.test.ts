import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { expect, test } from 'vitest';
import {
  type Firing,
  judgeKey,
  type KeyAct,
  type KeyRule,
  type KeyState,
  nothingKnown,
  quietMsMin,
} from './alert-key.js';

const minute = 60_000;
const rule: KeyRule = { severity: 'WARNING', cooldownMs: 15 * minute };

/** A key that is judged every 20 s from 0 on. Collects what was done, with its time. */
class Clock {
  state: KeyState = nothingKnown;
  nowMs = 0;
  readonly acts: [atMs: number, act: KeyAct][] = [];

  judge(firing: Firing, with_ = rule): readonly KeyAct[] {
    const { state, acts } = judgeKey(this.state, firing, with_, this.nowMs);
    this.state = state;
    for (const act of acts) this.acts.push([this.nowMs, act]);
    this.nowMs += 20_000;
    return acts;
  }

  acknowledge(value: number): void {
    const { open } = this.state;
    if (open)
      this.state = { ...this.state, open: { ...open, acknowledged: { by: 'ann', severity: open.severity, value } } };
  }

  count(act: KeyAct): number {
    return this.acts.filter(([, done]) => done === act).length;
  }
}

const fires = (value = 10) => ({ value });
const quiet = (clock: Clock, rounds: number) => {
  for (let i = 0; i < rounds; i++) clock.judge(null);
};

test('it is mailed once, however long it goes on, and once more when it is over', () => {
  const clock = new Clock();
  for (let i = 0; i < 500; i++) clock.judge(fires());
  quiet(clock, 100);
  expect(clock.acts.map(([, act]) => act)).toEqual(['RAISE', 'MAIL', 'RESOLVE', 'MAIL_RESOLVED']);
});

test('what flaps every 30 s for an hour is mailed four times at most, and not at all once it is acknowledged', () => {
  for (const isAcknowledged of [false, true]) {
    for (const halfPeriod of [30_000, 2 * minute]) {
      const clock = new Clock();
      while (clock.nowMs < 60 * minute) {
        clock.judge(Math.floor(clock.nowMs / halfPeriod) % 2 === 0 ? fires() : null);
        if (isAcknowledged && clock.nowMs === 20_000) clock.acknowledge(10);
      }
      expect(clock.count('MAIL')).toBeLessThanOrEqual(isAcknowledged ? 1 : 4);
      expect(clock.count('MAIL')).toBeGreaterThan(0);
    }
  }
});

test('the end is told when the cooldown is over, and not if it fires again before', () => {
  const clock = new Clock();
  clock.judge(fires());
  quiet(clock, 6);
  expect(clock.count('RESOLVE')).toBe(1);
  expect(clock.count('MAIL_RESOLVED')).toBe(0);
  clock.judge(fires());
  expect(clock.count('RAISE')).toBe(2);
  expect(clock.count('MAIL')).toBe(1);
  quiet(clock, 60);
  expect(clock.acts.filter(([, act]) => act === 'MAIL_RESOLVED').map(([atMs]) => atMs)).toEqual([15 * minute]);
});

test('what fires again within the cooldown is mailed when that is over, if it still fires', () => {
  const clock = new Clock();
  clock.judge(fires());
  quiet(clock, 6);
  while (clock.nowMs <= 16 * minute) clock.judge(fires());
  expect(clock.acts.filter(([, act]) => act === 'MAIL').map(([atMs]) => atMs)).toEqual([0, 15 * minute]);
});

test('acknowledged, it is silent until its value has doubled or its severity rises', () => {
  const clock = new Clock();
  clock.judge(fires(10));
  clock.acknowledge(10);
  expect(clock.judge(fires(19.9))).toEqual([]);
  expect(clock.judge(fires(20))).toEqual(['WORSEN', 'MAIL']);
  clock.acknowledge(20);
  expect(clock.judge(fires(20), { ...rule, severity: 'CRITICAL' })).toEqual(['ESCALATE', 'WORSEN', 'MAIL']);
});

test('an acknowledgement outlives its alert for a cooldown, and no longer', () => {
  for (const [rounds, acts] of [
    [10, ['RAISE']],
    [60, ['RAISE', 'MAIL']],
  ] as const) {
    const clock = new Clock();
    clock.judge(fires());
    clock.acknowledge(10);
    quiet(clock, rounds);
    expect(clock.judge(fires())).toEqual(acts);
    expect(clock.state.open?.acknowledged === null).toBe(rounds === 60);
  }
});

test('switched off, it is over without a word', () => {
  const clock = new Clock();
  clock.judge(fires());
  expect(clock.judge('OFF')).toEqual(['RESOLVE']);
  quiet(clock, 100);
  expect(clock.count('MAIL_RESOLVED')).toBe(0);
});

/** What people could have noticed, written down as it happens: no state but the story itself. */
interface Told {
  atMs: number;
  what: KeyAct | 'ACKNOWLEDGE';
  value: number;
}

test('whatever values, acknowledgements and configurations come, nobody is told too often, too late or nothing', () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  for (let run = 0; run < 400; run++) {
    const cooldownMs = Math.floor(random() * 30) * minute;
    const story: Told[] = [];
    const clock = new Clock();
    let firing = false;
    let value = 10;
    let quietSinceMs: number | null = null;
    for (let round = 0; round < 200; round++) {
      if (random() < 0.15) firing = !firing;
      if (random() < 0.1) value = 1 + Math.floor(random() * 100);
      const atMs = clock.nowMs;
      const acts = clock.judge(firing ? { value } : null, { severity: 'WARNING', cooldownMs });
      const where = `seed ${seed}, run ${run}, round ${round}: ${acts.join(' ')}`;
      const mails = story.filter(({ what }) => what === 'MAIL');
      const lastMail = mails.at(-1);
      const lastRaise = story.findLast(({ what }) => what === 'RAISE');
      const isOpen =
        lastRaise !== undefined && (story.findLast(({ what }) => what === 'RESOLVE')?.atMs ?? -1) < lastRaise.atMs;
      quietSinceMs = firing ? null : (quietSinceMs ?? atMs);
      // Open as soon as it fires, over once it was quiet for a minute: never two at once.
      expect(acts.includes('RAISE'), where).toBe(firing && !isOpen);
      expect(acts.includes('RESOLVE'), where).toBe(
        isOpen && quietSinceMs !== null && atMs - quietSinceMs >= quietMsMin,
      );
      if (acts.includes('MAIL')) {
        expect(firing, where).toBe(true);
        // Never within the cooldown, but when it got worse than what somebody took upon them.
        if (lastMail && !acts.includes('WORSEN'))
          expect(atMs - lastMail.atMs, where).toBeGreaterThanOrEqual(cooldownMs);
        // Once an alert, but when it got worse.
        const sinceRaise = mails.filter((mail) => isOpen && mail.atMs >= lastRaise.atMs);
        if (!acts.includes('WORSEN')) expect(sinceRaise.length, where).toBe(0);
      }
      if (acts.includes('WORSEN')) {
        const acknowledged = story.findLast(({ what }) => what === 'ACKNOWLEDGE');
        expect(value, where).toBeGreaterThanOrEqual(2 * (acknowledged?.value ?? Infinity));
      }
      if (acts.includes('MAIL_RESOLVED')) {
        expect(firing, where).toBe(false);
        // Only who was told that it fires, and since then not that it is over.
        const since = story.findLast(({ what }) => what === 'MAIL_RESOLVED')?.atMs ?? -1;
        expect(lastMail?.atMs ?? -2, where).toBeGreaterThan(since);
        expect(atMs - (lastMail?.atMs ?? atMs), where).toBeGreaterThanOrEqual(cooldownMs);
      }
      for (const act of acts) story.push({ atMs, what: act, value });
      // Fires, unacknowledged, and the cooldown is over: somebody knows.
      const { open } = clock.state;
      if (firing && open && !open.acknowledged) {
        const told = story.findLast(({ what }) => what === 'MAIL')?.atMs ?? -Infinity;
        const raisedAtMs = story.findLast(({ what }) => what === 'RAISE')?.atMs ?? 0;
        expect(told >= raisedAtMs || atMs - told < cooldownMs, where).toBe(true);
      }
      if (open && firing && random() < 0.05 && !open.acknowledged) {
        clock.acknowledge(value);
        story.push({ atMs, what: 'ACKNOWLEDGE', value });
      }
    }
    // Left alone, everything ends, and everybody knows.
    quiet(clock, 100);
    expect([seed, run, clock.state.open, clock.state.owesResolved, clock.state.lasting]).toEqual([
      seed,
      run,
      null,
      false,
      null,
    ]);
  }
});
