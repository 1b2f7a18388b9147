// Equity over time as plain numbers: read from JSON, reduced to one value a second, joined with what arrives later.

export type Point = readonly [ms: number, value: number];

/** A line of the chart; its key tells it from others of the same name. */
export interface Series {
  key: string;
  name: string;
  hue: string;
  points: readonly Point[];
}

export interface ChartData {
  series: Series[];
  baseline: number | null;
}

/** Chart data from JSON; throws a TypeError that names the place where it is none. */
export function readChartData(value: unknown): ChartData {
  if (typeof value !== "object" || value === null) throw new TypeError("data: must be an object");
  const { series, baseline } = value as Record<string, unknown>;
  if (!Array.isArray(series)) throw new TypeError("series: must be a list");
  const read = series.map(readSeries);
  if (new Set(read.map(({ key }) => key)).size < read.length)
    throw new TypeError("series: a key stands twice");
  return {
    series: read,
    baseline: typeof baseline === "number" && Number.isFinite(baseline) ? baseline : null,
  };
}

/** Points from JSON: pairs of a time in ms and a value, in any order. */
export function readPoints(value: unknown, path: string): Point[] {
  if (!Array.isArray(value)) throw new TypeError(`${path}: must be a list`);
  return value.map((raw: unknown, index) => {
    const [ms, amount] = Array.isArray(raw) ? (raw as unknown[]) : [];
    if (!Number.isFinite(ms) || !Number.isFinite(amount)) {
      throw new TypeError(`${path}[${index}]: must be a pair of numbers`);
    }
    return [ms as number, amount as number] as const;
  });
}

/** Both lists as one, ascending, with the later value where two fall into one second. */
export function join(known: readonly Point[], fresh: readonly Point[]): Point[] {
  const seconds = new Map<number, Point>();
  for (const point of [...known, ...fresh].sort((a, b) => a[0] - b[0])) {
    seconds.set(Math.floor(point[0] / 1000), point);
  }
  return [...seconds.values()];
}

function readSeries(raw: unknown, index: number): Series {
  const path = `series[${index}]`;
  if (typeof raw !== "object" || raw === null) throw new TypeError(`${path}: must be an object`);
  const { key, name, hue, points } = raw as Record<string, unknown>;
  if (typeof name !== "string" || name === "") throw new TypeError(`${path}.name: must be a text`);
  return {
    key: typeof key === "string" ? key : name,
    name,
    hue: typeof hue === "string" ? hue : "",
    points: join([], readPoints(points, `${path}.points`)),
  };
}
