import { expect, test } from 'vitest';
import { countAnswer, noAnswers } from '../metrics/answer-counts.js';
import { GatewaySeconds } from './gateway-seconds.js';

test('each answer is in one second, and a second that could not be written is sent again as it was', () => {
  const counts = noAnswers();
  const seconds = new GatewaySeconds(counts);
  countAnswer(counts, { status: 201, isReplay: false, isOfCrowd: false });
  countAnswer(counts, { status: 201, isReplay: true, isOfCrowd: false });
  countAnswer(counts, { status: 503, isReplay: false, isOfCrowd: false });
  seconds.passed(10_500);
  expect(seconds.over(10_900)).toEqual([]);
  countAnswer(counts, { status: 504, isReplay: false, isOfCrowd: false });
  seconds.passed(11_500);
  seconds.passed(12_500);
  const over = seconds.over(12_500);
  expect(over).toEqual([
    [10, 3, 1, 1, 1, 0],
    [11, 1, 0, 1, 0, 1],
  ]);
  expect(seconds.over(12_600)).toEqual(over);
  seconds.written(over);
  expect(seconds.over(12_700)).toEqual([]);
});

test('what comes after its second has left counts in the next one, and a clock that is set back loses nothing', () => {
  const counts = noAnswers();
  const seconds = new GatewaySeconds(counts);
  countAnswer(counts, { status: 500, isReplay: false, isOfCrowd: false });
  seconds.passed(20_000);
  seconds.written(seconds.over(25_000));
  countAnswer(counts, { status: 200, isReplay: false, isOfCrowd: false });
  seconds.passed(3_000);
  expect(seconds.over(30_000)).toEqual([[21, 1, 0, 0, 0, 0]]);
});

test('while Postgres is away, memory is bounded and the sums stay right', () => {
  const counts = noAnswers();
  const seconds = new GatewaySeconds(counts);
  for (let second = 1; second <= 5_000; second++) {
    countAnswer(counts, { status: 503, isReplay: false, isOfCrowd: false });
    seconds.passed(second * 1_000);
  }
  const over = seconds.over(1e9);
  expect(over.length).toBe(900);
  expect(over.reduce((sum, [, requests]) => sum + requests, 0)).toBe(5_000);
});
