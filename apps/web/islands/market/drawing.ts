// The drawn candles: price with volume and overlays on top, the oscillators that are switched on below.

import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type SeriesType,
  type UTCTimestamp,
} from "lightweight-charts";
import { chartOptions, token } from "../chart/theme.ts";
import type { Bar } from "./bars.ts";
import { places, price, short } from "./formats.ts";
import { bollinger, ema, type Line, macd, rsi, sma } from "./indicators.ts";

export const STUDIES = ["sma", "ema", "bollinger", "rsi", "macd"] as const;
export type Study = (typeof STUDIES)[number];

const NEAR_THE_BEGINNING = 20;
const CANDLE_PX = 7;
const PANE_SHARE = 0.55;
const PRICES = { type: "custom", formatter: price, minMove: 0.000001 } as const;
type Drawn = ISeriesApi<SeriesType>;

interface Colors {
  up: string;
  down: string;
  sky: string;
  amber: string;
  ash: string;
  violet: string;
}

export class Drawing {
  readonly #chart: IChartApi;
  readonly #colors: Colors;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volume: ISeriesApi<"Histogram">;
  #studies: Drawn[] = [];
  #shown: ReadonlySet<Study> = new Set();
  #bars: readonly Bar[] = [];

  constructor(host: HTMLElement, onBeginning: () => void) {
    const color = (name: string, instead: string) => token(host, name, instead);
    this.#colors = {
      up: color("--up", "#b9f53e"),
      down: color("--down", "#ff6f61"),
      sky: color("--sky", "#6fc7ff"),
      amber: color("--amber", "#ffb938"),
      ash: color("--ash", "#b0b5be"),
      violet: "#b79dff",
    };
    this.#chart = createChart(host, {
      ...chartOptions(host),
      layout: {
        ...chartOptions(host).layout,
        panes: { separatorColor: color("--line", "#22272e"), enableResize: false },
      },
    });
    const { up, down } = this.#colors;
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
      borderVisible: false,
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "custom", formatter: short, minMove: 0.000001 },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.22 } });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < NEAR_THE_BEGINNING && this.#bars.length > 0) onBeginning();
    });
  }

  /** Draw these candles and studies; what is in view stays in view, unless the view begins `anew`. */
  show(bars: readonly Bar[], studies: ReadonlySet<Study>, { anew = false } = {}): void {
    this.#bars = bars;
    const last = bars.at(-1);
    if (last) {
      const minMove = 10 ** -places(last.close);
      this.#candles.applyOptions({ priceFormat: { type: "custom", formatter: price, minMove } });
    }
    this.#candles.setData(bars.map((bar) => ({ ...bar, time: bar.time as UTCTimestamp })));
    this.#volume.setData(
      bars.map(({ time, volume, open, close }) => ({
        time: time as UTCTimestamp,
        value: volume,
        color: `${close < open ? this.#colors.down : this.#colors.up}40`,
      })),
    );
    this.#study(studies);
    if (anew) {
      const end = bars.length + 4;
      const shown = Math.max(40, Math.floor(this.#chart.timeScale().width() / CANDLE_PX));
      this.#chart.timeScale().setVisibleLogicalRange({ from: Math.max(end - shown, -2), to: end });
    }
  }

  remove(): void {
    this.#chart.remove();
  }

  #study(studies: ReadonlySet<Study>): void {
    const isSame = studies.size === this.#shown.size && [...studies].every((one) => this.#shown.has(one));
    if (!isSame) {
      for (const drawn of this.#studies) this.#chart.removeSeries(drawn);
      while (this.#chart.panes().length > 1) this.#chart.removePane(1);
      this.#studies = STUDIES.filter((one) => studies.has(one)).flatMap((one) => this.#begin(one));
      this.#shown = new Set(studies);
      for (const pane of this.#chart.panes().slice(1)) pane.setStretchFactor(PANE_SHARE);
    }
    const closes = this.#bars.map(({ close }) => close);
    const lines = STUDIES.filter((one) => studies.has(one)).flatMap((one) => linesOf(one, closes));
    this.#studies.forEach((drawn, index) => {
      drawn.setData(this.#points(lines[index] ?? [], drawn.seriesType() === "Histogram"));
    });
  }

  #begin(study: Study): Drawn[] {
    const { sky, amber, ash, violet } = this.#colors;
    const line = (color: string, pane = 0, title = "") =>
      this.#chart.addSeries(
        LineSeries,
        {
          color,
          title,
          lineWidth: pane ? 2 : 1,
          priceFormat: PRICES,
          priceLineVisible: false,
          lastValueVisible: pane > 0,
          crosshairMarkerVisible: false,
        },
        pane,
      );
    if (study === "sma") return [line(sky)];
    if (study === "ema") return [line(amber)];
    if (study === "bollinger") return [line(violet), line(violet)];
    const pane = this.#chart.panes().length;
    if (study === "rsi") {
      const drawn = line(violet, pane, "RSI");
      drawn.applyOptions({
        priceFormat: { type: "custom", formatter: (value: number) => value.toFixed(1), minMove: 0.1 },
      });
      for (const border of [30, 70]) {
        drawn.createPriceLine({
          price: border,
          color: ash,
          lineWidth: 1,
          lineStyle: LineStyle.Dashed,
          axisLabelVisible: false,
          title: "",
        });
      }
      return [drawn];
    }
    const bars = this.#chart.addSeries(
      HistogramSeries,
      { priceFormat: PRICES, priceLineVisible: false, lastValueVisible: false },
      pane,
    );
    return [bars, line(sky, pane, "MACD"), line(amber, pane, "Signal")];
  }

  #points(line: Line, isHistogram: boolean): ({ time: UTCTimestamp } & Partial<{ value: number }>)[] {
    const { up, down } = this.#colors;
    return this.#bars.map(({ time }, index) => {
      const value = line[index] ?? null;
      if (value === null) return { time: time as UTCTimestamp };
      const color = isHistogram ? { color: `${value < 0 ? down : up}80` } : {};
      return { time: time as UTCTimestamp, value, ...color };
    });
  }
}

/** The values of a study in the order in which its series were begun. */
function linesOf(study: Study, closes: readonly number[]): Line[] {
  if (study === "sma") return [sma(closes)];
  if (study === "ema") return [ema(closes)];
  if (study === "rsi") return [rsi(closes)];
  if (study === "bollinger") {
    const { lower, upper } = bollinger(closes);
    return [lower, upper];
  }
  const { line, signal, histogram } = macd(closes);
  return [histogram, line, signal];
}
