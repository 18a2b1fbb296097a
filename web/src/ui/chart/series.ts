/*
 * What a chart draws. Figures are for drawing alone: what is read of them, in the table and at the end of a line, is said in
 * words by whoever knows them exactly.
 */

export interface Series<Point> {
  /** Stands at the line's end, and over its column of the table. */
  readonly label: string;
  /** Bars begin at zero; steps hold a value until the next one. */
  readonly look: 'bars' | 'line' | 'steps' | 'dashed';
  /** null: nothing is known, and nothing is drawn. */
  readonly value: (point: Point) => number | null;
  readonly words: (point: Point) => string;
  /** What of it is a failure has its colour and its pattern. */
  readonly isBad?: boolean;
}

export interface ChartProps<Point> {
  /** What it shows, for those who do not see it, and over the table. */
  readonly title: string;
  readonly points: readonly Point[];
  /** Unix milliseconds. */
  readonly at: (point: Point) => number;
  /** Over the points' column of the table. */
  readonly atLabel: string;
  /** Under the axis, and in the table. */
  readonly atWords: (atMs: number) => string;
  readonly series: readonly Series<Point>[];
  /** Beside the other axis. */
  readonly valueWords: (value: number) => string;
  /** Where there is nothing to draw. */
  readonly emptyWords: string;
}

/** The last point of which something is known: there its label stands. */
export function lastKnown<Point>(points: readonly Point[], { value }: Series<Point>): number {
  return points.findLastIndex((point) => value(point) !== null);
}

/** Marks of an axis that begins at zero, or around what there is: round figures, four of them or so. */
export function roundMarks(low: number, high: number): number[] {
  if (low === high) return low === 0 ? [0, 1] : low > 0 ? [0, high] : [low, 0];
  const raw = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((times) => times * power >= raw) ?? 10) * power;
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step) - first;
  return Array.from({ length: count + 1 }, (_, index) => (first + index) * step);
}
