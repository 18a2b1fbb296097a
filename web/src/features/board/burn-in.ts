import { useEffect, useState } from 'react';

const shiftEveryMs = 600_000;

/** Offsets on the board's grid, within its margin. Neighbours differ, and over all of them every edge has moved. */
const offsets: readonly (readonly [x: number, y: number])[] = [
  [0, 0],
  [6, 2],
  [2, 6],
  [-4, 6],
  [-6, -2],
  [-2, -6],
  [4, -6],
  [6, -4],
  [-6, 4],
];

/** A CSS `translate` that moves the board a little every ten minutes, so that no edge burns into the screen. */
export function useBurnInShift(): string {
  const [step, setStep] = useState(() => Math.floor(Date.now() / shiftEveryMs));
  useEffect(() => {
    const timer = setInterval(() => setStep(Math.floor(Date.now() / shiftEveryMs)), shiftEveryMs / 10);
    return () => clearInterval(timer);
  }, []);
  const [x, y] = offsets[step % offsets.length] as readonly [number, number];
  return `calc(${x} * var(--u)) calc(${y} * var(--u))`;
}
