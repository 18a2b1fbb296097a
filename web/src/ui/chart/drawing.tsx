import {
  type LabelProps as AnyLabel,
  Bar,
  CartesianGrid,
  ComposedChart,
  LabelList,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { type ChartProps, lastKnown, roundMarks, type Series } from './series.js';

interface Drawn {
  readonly atMs: number;
  readonly index: number;
  /** By the series' place. */
  readonly values: readonly (number | null)[];
}

type LabelProps = Pick<AnyLabel, 'index' | 'x' | 'y' | 'width'>;

const labelWidth = 76;

/** The one file with the library in it: no other of the console may import from `recharts`. */
export default function Drawing<Point>(props: ChartProps<Point>) {
  const { points, series, at, atWords, valueWords } = props;
  const drawn = points.map(
    (point, index): Drawn => ({ atMs: at(point), index, values: series.map(({ value }) => value(point)) }),
  );
  const known = drawn.flatMap(({ values }) => values).filter((value) => value !== null);
  const hasBars = series.some(({ look }) => look === 'bars');
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const marks = hasBars ? roundMarks(Math.min(0, low), Math.max(0, high)) : roundMarks(low, high);
  const axis = hasBars
    ? ({ type: 'category' } as const)
    : ({ type: 'number', domain: ['dataMin', 'dataMax'], scale: 'time' } as const);
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={drawn}
        margin={{ top: 20, right: labelWidth, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} />
        <XAxis dataKey="atMs" {...axis} tickFormatter={atWords} minTickGap={24} tickLine={false} height={24} />
        <YAxis
          domain={[marks[0] ?? 0, marks.at(-1) ?? 1]}
          ticks={marks}
          tickFormatter={valueWords}
          width="auto"
          tickLine={false}
          axisLine={false}
        />
        <Tooltip isAnimationActive={false} content={({ payload }) => <Told of={payload[0]?.payload} {...props} />} />
        {series.map((one, place) => drawSeries(one, place, points))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function drawSeries<Point>(one: Series<Point>, place: number, points: readonly Point[]) {
  const { label, look, isBad } = one;
  const last = lastKnown(points, one);
  const shared = {
    key: label,
    dataKey: ({ values }: Drawn) => values[place],
    name: label,
    isAnimationActive: false,
    className: `plot-${look}${isBad ? ' plot-bad' : ''}`,
  };
  const { key, ...rest } = shared;
  if (look === 'bars') {
    const name = ({ index, x, y, width }: LabelProps) =>
      index === last ? (
        <text x={Number(x) + Number(width) / 2} y={Number(y) - 5} textAnchor="middle" className="plot-label">
          {label}
        </text>
      ) : null;
    return (
      <Bar key={key} {...rest} stackId="bars">
        <LabelList content={name} />
      </Bar>
    );
  }
  const name = ({ index, x, y }: LabelProps) =>
    index === last ? (
      <text x={Number(x) + 6} y={Number(y)} dy="0.35em" className="plot-label">
        {label}
      </text>
    ) : null;
  return (
    <Line
      key={key}
      {...rest}
      type={look === 'steps' ? 'stepAfter' : 'linear'}
      dot={false}
      activeDot={false}
      connectNulls={false}
    >
      <LabelList content={name} />
    </Line>
  );
}

function Told<Point>({ of, points, series, at, atWords }: ChartProps<Point> & { of: Drawn | undefined }) {
  const point = of && points[of.index];
  if (point === undefined) return null;
  return (
    <div className="plot-told">
      <strong>{atWords(at(point))}</strong>
      {series.map(({ label, value, words }) => (
        <span key={label}>
          {label}: {value(point) === null ? 'not known' : words(point)}
        </span>
      ))}
    </div>
  );
}
