// <positioning-chart symbol label>: open interest as a line and hourly funding as bars, on one time.

import {
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type UTCTimestamp,
} from "lightweight-charts";
import { chartOptions, token } from "../chart/theme.ts";
import { ask, waits } from "./asking.ts";
import { decimal, hourly, join, type Page, readPage, record, seconds } from "./bars.ts";
import { rate, short } from "./formats.ts";

const EVERY_MS = 30_000;

interface Mark {
  readonly time: number;
  readonly value: number;
}

/** Reads one item of a series whose moment and value have these names. */
function mark(moment: string, value: string): (raw: unknown, path: string) => Mark {
  return (raw, path) => {
    const row = record(raw, path);
    return {
      time: seconds(row[moment], `${path}.${moment}`),
      value: decimal(row[value], `${path}.${value}`),
    };
  };
}

export class PositioningChart extends HTMLElement {
  #chart: IChartApi | null = null;
  #interest: ISeriesApi<"Line"> | null = null;
  #funding: ISeriesApi<"Histogram"> | null = null;
  #summary = Object.assign(document.createElement("p"), { className: "market-chart-summary" });
  #status = Object.assign(document.createElement("p"), { className: "market-chart-status" });
  #timer = 0;

  connectedCallback(): void {
    const plot = Object.assign(document.createElement("div"), { className: "market-chart-plot" });
    plot.setAttribute("aria-hidden", "true");
    this.replaceChildren(plot, this.#status, this.#summary);
    this.#chart = createChart(plot, {
      ...chartOptions(plot),
      leftPriceScale: { visible: true, borderVisible: false },
    });
    this.#funding = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "left",
      priceFormat: { type: "custom", formatter: rate, minMove: 0.0000001 },
      priceLineVisible: false,
    });
    this.#interest = this.#chart.addSeries(LineSeries, {
      color: token(plot, "--sky", "#6fc7ff"),
      lineWidth: 2,
      priceFormat: { type: "custom", formatter: short, minMove: 0.000001 },
      priceLineVisible: false,
    });
    void this.#load();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.#chart?.remove();
    this.#chart = null;
  }

  async #load(): Promise<void> {
    if (!waits() || this.#summary.textContent === "") {
      try {
        const [contexts, funding] = await Promise.all([
          this.#series("contexts", mark("at", "openInterest"), 1000),
          this.#series("funding", mark("hourAt", "rate"), 72),
        ]);
        this.#show(hourly(contexts.items), funding.items);
      } catch {
        this.#say("The market does not answer; trying again …");
      }
    }
    if (this.#chart) this.#timer = window.setTimeout(() => void this.#load(), EVERY_MS);
  }

  async #series(
    name: string,
    item: (raw: unknown, path: string) => Mark,
    limit: number,
  ): Promise<Page<Mark>> {
    const symbol = encodeURIComponent(this.getAttribute("symbol") ?? "");
    return readPage(await ask(`/api/v1/assets/${symbol}/${name}?limit=${limit}`), item);
  }

  #show(contexts: readonly Mark[], funding: readonly Mark[]): void {
    if (!this.#chart) return;
    const [up, down] = [token(this, "--up", "#b9f53e"), token(this, "--down", "#ff6f61")];
    this.#interest?.setData(join([], contexts).map(point));
    this.#funding?.setData(
      join([], funding).map((one) => ({ ...point(one), color: `${one.value < 0 ? down : up}66` })),
    );
    this.#chart.timeScale().fitContent();
    const [interest, paid] = [contexts.at(-1), funding.at(-1)];
    this.#say(interest || paid ? "" : "Neither open interest nor funding is known of this asset yet.");
    this.#summary.textContent = [
      this.getAttribute("label") ?? "Positioning",
      interest ? `open interest ${short(interest.value)}` : "",
      paid ? `funding ${rate(paid.value)} an hour` : "",
    ]
      .filter(Boolean)
      .join(", ");
  }

  #say(words: string): void {
    this.#status.textContent = words;
    this.#status.hidden = words === "";
  }
}

function point({ time, value }: Mark): { time: UTCTimestamp; value: number } {
  return { time: time as UTCTimestamp, value };
}

customElements.define("positioning-chart", PositioningChart);
