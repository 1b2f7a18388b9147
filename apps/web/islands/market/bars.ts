// Candles as the API sends them, read into numbers for drawing, and joined page by page.

/** One closed candle; `time` is its opening in seconds of the epoch. */
export interface Bar {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** A page of a series: ascending items, and the moment before which the next page lies. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextBefore: string | null;
}

/** A page from JSON; throws a TypeError that names the place where it is none. */
export function readPage<Item>(value: unknown, item: (raw: unknown, path: string) => Item): Page<Item> {
  const { items, nextBefore } = record(value, "page");
  if (!Array.isArray(items)) throw new TypeError("items: must be a list");
  if (nextBefore !== null && typeof nextBefore !== "string") {
    throw new TypeError("nextBefore: must be a text or null");
  }
  return { items: items.map((raw: unknown, index) => item(raw, `items[${index}]`)), nextBefore };
}

export function readBar(raw: unknown, path: string): Bar {
  const row = record(raw, path);
  return {
    time: seconds(row.openAt, `${path}.openAt`),
    open: decimal(row.open, `${path}.open`),
    high: decimal(row.high, `${path}.high`),
    low: decimal(row.low, `${path}.low`),
    close: decimal(row.close, `${path}.close`),
    volume: decimal(row.volume, `${path}.volume`),
  };
}

/** Both lists as one, ascending by time; what comes later in `fresh` replaces what was known. */
export function join<Item extends { readonly time: number }>(
  known: readonly Item[],
  fresh: readonly Item[],
): Item[] {
  const byTime = new Map(known.map((item) => [item.time, item]));
  for (const item of fresh) byTime.set(item.time, item);
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

/** The last item of each hour, under the beginning of that hour. */
export function hourly<Item extends { readonly time: number }>(items: readonly Item[]): Item[] {
  return join(
    [],
    items.map((item) => ({ ...item, time: item.time - (item.time % 3600) })),
  );
}

/** Whether nothing is missing between what is known and a fresh page that follows it. */
export function meets(known: readonly { time: number }[], fresh: readonly { time: number }[]): boolean {
  const last = known.at(-1);
  const first = fresh[0];
  return !last || !first || first.time <= last.time;
}

export function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new TypeError(`${path}: must be an object`);
  return value as Record<string, unknown>;
}

/** A decimal in a text, as the API writes numbers that must be exact. */
export function decimal(value: unknown, path: string): number {
  const read = typeof value === "string" && value !== "" ? Number(value) : Number.NaN;
  if (!Number.isFinite(read)) throw new TypeError(`${path}: must be a decimal in a text`);
  return read;
}

export function seconds(value: unknown, path: string): number {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw new TypeError(`${path}: must be a moment`);
  return Math.floor(ms / 1000);
}
