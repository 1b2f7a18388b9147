// <equity-chart source="id" unit="bps|cents" label="…">: equity over time, fed by JSON and then live.

import { Drawing } from "./chart/drawing.ts";
import { readUnit } from "./chart/formats.ts";
import { type ChartData, readChartData, readPoints } from "./chart/points.ts";
import { adoptEarly, readSource } from "./source.ts";
import "./equity-chart.css";

export class EquityChart extends HTMLElement {
  #drawing: Drawing | null = null;
  #data: ChartData = { series: [], baseline: null };
  #summary = document.createElement("p");

  connectedCallback(): void {
    const given = readSource(this);
    if (given !== undefined && this.#data.series.length === 0) this.#data = readChartData(given);
    const plot = document.createElement("div");
    plot.className = "equity-chart-plot";
    plot.setAttribute("aria-hidden", "true");
    this.#summary.className = "equity-chart-summary";
    this.replaceChildren(plot, this.#summary);
    this.#drawing = new Drawing(plot, readUnit(this.getAttribute("unit")));
    adoptEarly(this, ["data"]);
    this.#drawing.show(this.#data);
    this.#describe();
  }

  disconnectedCallback(): void {
    if (this.#drawing) this.#data = this.#drawing.remove();
    this.#drawing = null;
  }

  /** `{series: [{key, name, hue, points: [[ms, value], …]}], baseline}`; throws a TypeError where it is not. */
  set data(value: unknown) {
    this.#data = readChartData(value);
    this.#drawing?.show(this.#data);
    this.#describe();
  }

  /** Add points, `[[ms, value], …]`, to the series of this key; false where there is no such series. */
  append(key: string, points: unknown): boolean {
    const known = this.#drawing?.append(key, readPoints(points, "points")) ?? false;
    if (known) this.#describe();
    return known;
  }

  #describe(): void {
    const label = this.getAttribute("label") ?? "Equity over time";
    this.#summary.textContent = `${label}: ${this.#drawing?.summary() || "no values yet"}`;
  }
}

customElements.define("equity-chart", EquityChart);
