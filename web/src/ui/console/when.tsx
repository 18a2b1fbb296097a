import { ageText } from '../../figures/format.js';
import { useNow } from './use-now.js';

const dayMs = 86_400_000;

/** A time: how long ago, or in how long; its title says it exactly, in UTC and where the reader is. */
export function When({ at }: { at: string }) {
  const nowMs = useNow();
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(at, atMs)}>
      {relative(nowMs - atMs, at)}
    </time>
  );
}

/** The same for columns of times: each row says the day only where it is not today. */
export function Clock({ at }: { at: string }) {
  const atMs = Date.parse(at);
  const nowMs = useNow();
  const isToday = at.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  return (
    <time className="clock" dateTime={at} title={exactly(at, atMs)}>
      {isToday ? at.slice(11, 23) : at.slice(0, 19).replace('T', ' ')}
    </time>
  );
}

function relative(ageMs: number, at: string): string {
  if (Math.abs(ageMs) >= 2 * dayMs) return at.slice(0, 10);
  if (ageMs < -1_000) return `in ${ageText(-ageMs)}`;
  return ageMs < 1_000 ? 'now' : `${ageText(ageMs)} ago`;
}

function exactly(at: string, atMs: number): string {
  return `${at.replace('T', ' ').replace('Z', '')} UTC\n${new Date(atMs).toLocaleString()} here`;
}
