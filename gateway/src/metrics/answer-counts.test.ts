import { expect, it } from 'vitest';
import { countAnswer, noAnswers } from './answer-counts.js';

const plain = { isReplay: false, isOfCrowd: false };

it('an answer is counted by what it says of the platform', () => {
  const counts = noAnswers();
  for (const status of [201, 422, 500, 503, 504]) countAnswer(counts, { ...plain, status });
  countAnswer(counts, { ...plain, status: 201, isReplay: true });
  expect(counts).toEqual({ requests: 6, replays: 1, errors: 3, notDone: 1, outcomeUnknown: 1 });
});

it('strangers who are refused for being too many are no error of the platform', () => {
  const counts = noAnswers();
  countAnswer(counts, { ...plain, status: 503, isOfCrowd: true });
  expect(counts).toEqual({ requests: 1, replays: 0, errors: 0, notDone: 0, outcomeUnknown: 0 });
});
