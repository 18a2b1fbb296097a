import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { grouped } from './grouped.js';
import { escaped } from './render-digest.js';

/** Without a font of its own, text would be dropped without a word. */
const font = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const [width, height, side, top, bottom] = [720, 220, 16, 56, 32];
/** On a phone the image is half as wide, and still read. */
const [titleSize, labelSize] = [17, 15];
const labelsMax = 7;
/** Of the screens that show it sharp. */
const zoom = 2;

export interface Bar {
  readonly label: string;
  readonly succeeded: number;
  readonly failed: number;
}

/** Bars from zero, what was refused on top, on a ground of its own: it is read in light and in dark mail alike. */
export function chartSvg(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ succeeded, failed }) => succeeded + failed));
  const step = (width - 2 * side) / Math.max(1, bars.length);
  const room = height - top - bottom;
  const every = Math.ceil(bars.length / labelsMax);
  const floor = height - bottom;
  const drawn = bars.map(({ label, succeeded, failed }, i) => {
    const [low, high] = [(succeeded / most) * room, (failed / most) * room];
    const x = side + i * step;
    const rect = (y: number, tall: number, color: string) =>
      tall > 0 ? `<rect x="${x}" y="${y}" width="${Math.max(1, step - 4)}" height="${tall}" fill="${color}"/>` : '';
    const text =
      i % every === 0
        ? `<text x="${x}" y="${height - 10}" font-size="${labelSize}" fill="#4c545e">${escaped(label)}</text>`
        : '';
    return `${rect(floor - low, low, '#2f6fb0')}${rect(floor - low - high, high, '#c0352b')}${text}`;
  });
  const peak = `highest: ${grouped(most)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans">
<rect width="100%" height="100%" rx="8" fill="#e9edf2"/><text x="${side}" y="32" font-size="${titleSize}" fill="#16191d">${escaped(title)}</text>
<text x="${width - side}" y="32" font-size="${labelSize}" fill="#4c545e" text-anchor="end">${title === '' ? '' : peak}</text>
<line x1="${side}" x2="${width - side}" y1="${floor}" y2="${floor}" stroke="#aab2bc"/>${drawn.join('')}</svg>`;
}

export function chartPng(title: string, bars: readonly Bar[]): Buffer {
  const options = {
    fitTo: { mode: 'zoom' as const, value: zoom },
    font: { fontFiles: [font], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  };
  return Buffer.from(new Resvg(chartSvg(title, bars), options).render().asPng());
}
