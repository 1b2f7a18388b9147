// The drawn chart: one line per series, or one area around the baseline for a series alone.

import {
  BaselineSeries,
  createChart,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type UTCTimestamp,
} from "lightweight-charts";
import { format, type Unit } from "./formats.ts";
import { type ChartData, join, type Point, type Series } from "./points.ts";
import { chartOptions, token } from "./theme.ts";

type Drawn = ISeriesApi<"Line"> | ISeriesApi<"Baseline">;

export class Drawing {
  private readonly host: HTMLElement;
  private readonly chart: IChartApi;
  private readonly unit: Unit;
  private readonly lines = new Map<string, { drawn: Drawn; series: Series }>();
  private baseline: number | null = null;

  constructor(host: HTMLElement, unit: Unit) {
    this.host = host;
    this.unit = unit;
    this.chart = createChart(host, {
      ...chartOptions(host),
      localization: { priceFormatter: (value: number) => format(value, unit) },
    });
    this.chart.timeScale().subscribeSizeChange(() => this.chart.timeScale().fitContent());
  }

  /** Draw this data in place of what is drawn. */
  show(data: ChartData): void {
    for (const { drawn } of this.lines.values()) this.chart.removeSeries(drawn);
    this.lines.clear();
    this.baseline = data.baseline;
    for (const series of data.series) {
      const alone = data.series.length === 1 && data.baseline !== null;
      const drawn = alone ? this.area(data.baseline ?? 0) : this.line(series);
      this.lines.set(series.key, { drawn, series: { ...series, points: [] } });
      this.append(series.key, series.points);
    }
    this.chart.timeScale().fitContent();
  }

  /** Add points to a series; the same second again replaces its value, earlier seconds are sorted in. */
  append(key: string, fresh: readonly Point[]): boolean {
    const line = this.lines.get(key);
    if (!line) return false;
    const last = line.series.points.at(-1);
    const ordered = join([], fresh);
    const isNewer = last !== undefined && ordered.every(([ms]) => second([ms, 0]) >= second(last));
    line.series = { ...line.series, points: join(line.series.points, ordered) };
    if (isNewer) for (const point of ordered) line.drawn.update(bar(point));
    else line.drawn.setData(line.series.points.map(bar));
    return true;
  }

  /** The latest value of each series in words, for those who do not see the drawing. */
  summary(): string {
    const parts = [...this.lines.values()].map(({ series: { name, points } }) => {
      const last = points.at(-1);
      return `${name} ${last ? format(last[1], this.unit) : "without values"}`;
    });
    return parts.join(", ");
  }

  /** Take the drawing away and return the data it showed. */
  remove(): ChartData {
    this.chart.remove();
    return { series: [...this.lines.values()].map(({ series }) => series), baseline: this.baseline };
  }

  private line(series: Series): Drawn {
    const color = series.hue || token(this.host, "--sky", "#6fc7ff");
    return this.chart.addSeries(LineSeries, {
      color,
      lineWidth: 2,
      title: series.name,
      priceLineVisible: false,
    });
  }

  private area(baseline: number): Drawn {
    const up = token(this.host, "--up", "#b9f53e");
    const down = token(this.host, "--down", "#ff6f61");
    return this.chart.addSeries(BaselineSeries, {
      baseValue: { type: "price", price: baseline },
      topLineColor: up,
      topFillColor1: faint(up),
      topFillColor2: "transparent",
      bottomLineColor: down,
      bottomFillColor1: "transparent",
      bottomFillColor2: faint(down),
      lineWidth: 2,
      priceLineVisible: false,
    });
  }
}

function second(point: Point): number {
  return Math.floor(point[0] / 1000);
}

function bar(point: Point): { time: UTCTimestamp; value: number } {
  return { time: second(point) as UTCTimestamp, value: point[1] };
}

function faint(color: string): string {
  return /^#[0-9a-f]{6}$/i.test(color) ? `${color}33` : "transparent";
}
