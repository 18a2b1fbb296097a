import { countText } from '../../figures/format.js';

/** How a count stands beside that of the time before, in words: `twice as many`, `12 more`, `new`. */
export function trendWords(count: number, before: number): string {
  if (count === before) return 'as before';
  if (before === 0) return 'new';
  if (count === 0) return 'none any more';
  return count > before ? `${countText(count - before)} more` : `${countText(before - count)} fewer`;
}

/** A share in per cent, one decimal; never `0.0` of what is there. */
export function shareText(share: number): string {
  if (share === 0) return '0 %';
  const tenths = Math.max(1, Math.round(share * 1_000));
  return `${(tenths / 10).toFixed(1)} %`;
}
