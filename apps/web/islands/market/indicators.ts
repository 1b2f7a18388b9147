// Indicators along a series of closes, by the definitions of apps/market/features; null until there is enough.

export type Line = (number | null)[];

export const PERIOD = 20;
export const RSI_PERIOD = 14;
const [FAST, SLOW, SIGNAL] = [12, 26, 9];

/** The mean of the last `period` closes. */
export function sma(closes: readonly number[], period = PERIOD): Line {
  let sum = 0;
  return closes.map((close, index) => {
    sum += close - (index >= period ? (closes[index - period] ?? 0) : 0);
    return index >= period - 1 ? sum / period : null;
  });
}

/** The exponential average, weight 2 / (period + 1), seeded by the mean of the first `period` values. */
export function ema(values: readonly number[], period = PERIOD): Line {
  const weight = 2 / (period + 1);
  let average = values.slice(0, period).reduce((sum, value) => sum + value, 0) / period;
  return values.map((value, index) => {
    if (index < period - 1) return null;
    if (index >= period) average += (value - average) * weight;
    return average;
  });
}

/** The bands two deviations (of the population) around the mean. */
export function bollinger(closes: readonly number[], period = PERIOD): { lower: Line; upper: Line } {
  const lower: Line = [];
  const upper: Line = [];
  for (let index = 0; index < closes.length; index += 1) {
    if (index < period - 1) {
      lower.push(null);
      upper.push(null);
      continue;
    }
    const last = closes.slice(index - period + 1, index + 1);
    const mean = last.reduce((sum, close) => sum + close, 0) / period;
    const spread = 2 * Math.sqrt(last.reduce((sum, close) => sum + (close - mean) ** 2, 0) / period);
    lower.push(mean - spread);
    upper.push(mean + spread);
  }
  return { lower, upper };
}

/** Wilder's RSI: a simple mean of the first changes, then smoothing; 50 where the price never moved. */
export function rsi(closes: readonly number[], period = RSI_PERIOD): Line {
  let rise = 0;
  let fall = 0;
  return closes.map((close, index) => {
    if (index === 0) return null;
    const change = close - (closes[index - 1] ?? close);
    const share = index <= period ? 1 : period - 1;
    rise = (index <= period ? rise : (rise * share) / period) + Math.max(change, 0) / period;
    fall = (index <= period ? fall : (fall * share) / period) + Math.max(-change, 0) / period;
    if (index < period) return null;
    return rise + fall === 0 ? 50 : (100 * rise) / (rise + fall);
  });
}

/** MACD 12/26, its signal 9 and their difference. */
export function macd(closes: readonly number[]): { line: Line; signal: Line; histogram: Line } {
  const slow = ema(closes, SLOW);
  const line = ema(closes, FAST).map((fast, index) => {
    const late = slow[index] ?? null;
    return fast === null || late === null ? null : fast - late;
  });
  const known = line.flatMap((value) => (value === null ? [] : [value]));
  const missing: Line = new Array<null>(line.length - known.length).fill(null);
  const signal = [...missing, ...ema(known, SIGNAL)];
  const histogram = line.map((value, index) => {
    const at = signal[index] ?? null;
    return value === null || at === null ? null : value - at;
  });
  return { line, signal, histogram };
}
