import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import {
  currentGateway,
  gatewayFailed,
  gatewayServed,
  gatewaysMax,
  learnGateways,
  type Rotation,
  startRotation,
} from './gateway-rotation.js';

const [a, b, c] = ['http://a.test', 'http://b.test:3001', 'https://c.test'] as const;
/** The largest there is below 1. */
const almostOne = 1 - 2 ** -53;

describe('the gateways a page knows', () => {
  test('are tried in the order they were named, each once', () => {
    const rotation = startRotation([a, `${b}/wallboard?x=1`, a, `${a}/`]);
    expect(rotation.urls).toEqual([a, b]);
    expect(currentGateway(rotation)).toBe(a);
  });

  test('grow by what frames tell, without losing the place', () => {
    const { rotation } = gatewayFailed(startRotation([a, b]), 0);
    const learned = learnGateways(rotation, [c, b]);
    expect(learned.urls).toEqual([a, b, c]);
    expect(currentGateway(learned)).toBe(b);
    expect(learned.failedInRow).toBe(1);
  });

  test('are those that live now: dead ones do not pile up', () => {
    const learned = learnGateways(learnGateways(startRotation([a]), [a, b]), [a, c]);
    expect(learned.urls).toEqual([a, c]);
    expect(learnGateways(learned, []).urls).toEqual([a]);
  });

  test('keep the one in use, told of or not', () => {
    const { rotation } = gatewayFailed(learnGateways(startRotation([a]), [b]), 0);
    expect(currentGateway(rotation)).toBe(b);
    const learned = learnGateways(rotation, [c]);
    expect(learned.urls).toEqual([a, b, c]);
    expect(currentGateway(learned)).toBe(b);
  });

  test('stay the same object when nothing is new', () => {
    const rotation = startRotation([a, b]);
    expect(learnGateways(rotation, [b, a])).toBe(rotation);
  });

  test('are web addresses only', () => {
    expect(startRotation(['', 'a.test', 'ftp://a.test', 'javascript:alert(1)', 'http://', a]).urls).toEqual([a]);
  });

  test('are sixteen at most', () => {
    const many = Array.from({ length: 40 }, (_, i) => `http://gateway-${i}.test`);
    expect(startRotation(many).urls).toEqual(many.slice(0, gatewaysMax));
    expect(gatewaysMax).toBe(16);
  });
});

describe('a gateway that fails', () => {
  test('makes room for the next one within a quarter of a second', () => {
    expect(gatewayFailed(startRotation([a, b]), 0)).toMatchObject({ waitMs: 0, rotation: { at: 1 } });
    expect(gatewayFailed(startRotation([a, b]), almostOne).waitMs).toBeLessThanOrEqual(250);
  });

  test('is skipped without a pause for as long as another one serves', () => {
    let rotation = startRotation([a, b]);
    for (let day = 0; day < 5; day += 1) {
      const failed = gatewayFailed(rotation, almostOne);
      expect(failed.waitMs).toBeLessThanOrEqual(250);
      rotation = gatewayServed(failed.rotation);
    }
  });
});

describe('when all fail', () => {
  test('each is tried once a round, and the wait doubles with every round up to ten seconds', () => {
    expect(waits([a, b, c], 21, almostOne).map((ms) => Math.round(ms))).toEqual([
      ...[250, 250, 500],
      ...[250, 250, 1_000],
      ...[250, 250, 2_000],
      ...[250, 250, 4_000],
      ...[250, 250, 8_000],
      ...[250, 250, 10_000],
      ...[250, 250, 10_000],
    ]);
  });

  test('a lone gateway is waited for every time', () => {
    expect(waits([a], 3, 0)).toEqual([250, 500, 1_000]);
  });

  test('the wait stays bounded after days of failing', () => {
    expect(
      gatewayFailed({ named: [a], urls: [a], at: 0, failedInRow: 1_000_000 }, almostOne).waitMs,
    ).toBeLessThanOrEqual(10_000);
  });

  test('one that serves again starts the count anew', () => {
    const worn: Rotation = { named: [a], urls: [a], at: 0, failedInRow: 9 };
    const served = gatewayServed(worn);
    expect(gatewayFailed(served, 0).waitMs).toBe(250);
    expect(gatewayServed(served)).toBe(served);
  });

  test('nobody waits longer than the round asks, nor less than half of it, and everyone differs', () => {
    const random = seededRandom();
    const seen = new Set<number>();
    for (let round = 0; round < 200; round += 1) {
      const failedInRow = random.below(12) * 2 + 1;
      const { waitMs, rotation } = gatewayFailed(
        { named: [a], urls: [a, b], at: round % 2, failedInRow },
        random.fraction(),
      );
      const whole = Math.min(10_000, 500 * 2 ** ((failedInRow + 1) / 2 - 1));
      expect(waitMs).toBeGreaterThanOrEqual(whole / 2);
      expect(waitMs).toBeLessThan(whole);
      expect(rotation.at).toBe((round + 1) % 2);
      seen.add(waitMs);
    }
    expect(seen.size).toBeGreaterThan(190);
  });
});

/** What is waited after each failure. */
function waits(urls: readonly string[], failures: number, random: number): number[] {
  const waited = [];
  let rotation = startRotation(urls);
  for (let i = 0; i < failures; i += 1) {
    const failed = gatewayFailed(rotation, random);
    rotation = failed.rotation;
    waited.push(failed.waitMs);
  }
  return waited;
}
