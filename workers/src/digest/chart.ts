import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { escaped } from './render-digest.js';

/** Without a font of its own, text would be dropped without a word. */
const font = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const [width, height, left, top, bottom] = [672, 220, 16, 44, 30];

export interface Bar {
  readonly label: string;
  readonly count: number;
}

/** Bars from zero, on a ground of its own: it is read in light and in dark mail alike. */
export function chartSvg(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = (width - 2 * left) / Math.max(1, bars.length);
  const room = height - top - bottom;
  const every = Math.ceil(bars.length / 8);
  const drawn = bars.map(({ label, count }, i) => {
    const tall = (count / most) * room;
    const x = left + i * step;
    const text =
      i % every === 0 ? `<text x="${x}" y="${height - 10}" font-size="12" fill="#4c545e">${escaped(label)}</text>` : '';
    return `<rect x="${x}" y="${height - bottom - tall}" width="${Math.max(1, step - 3)}" height="${tall}" fill="#2f6fb0"/>${text}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans">
<rect width="100%" height="100%" rx="8" fill="#eef1f5"/><text x="${left}" y="26" font-size="14" fill="#16191d">${escaped(title)}</text>
<line x1="${left}" x2="${width - left}" y1="${height - bottom}" y2="${height - bottom}" stroke="#aab2bc"/>${drawn.join('')}</svg>`;
}

export function chartPng(title: string, bars: readonly Bar[]): Buffer {
  const options = { font: { fontFiles: [font], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' } };
  return Buffer.from(new Resvg(chartSvg(title, bars), options).render().asPng());
}
