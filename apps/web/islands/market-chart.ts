// <market-chart symbol interval label>: candles of an asset with studies, older ones on scroll, new ones by polling.

import { ask, waits } from "./market/asking.ts";
import type { Bar } from "./market/bars.ts";
import { controls } from "./market/controls.ts";
import { Drawing, type Study } from "./market/drawing.ts";
import { price } from "./market/formats.ts";
import { Tape } from "./market/tape.ts";
import "./market-chart.css";
import "./market/positioning-chart.ts";

const EVERY_MS = 3000;

export class MarketChart extends HTMLElement {
  #drawing: Drawing | null = null;
  #tape: Tape | null = null;
  #studies = new Set<Study>(["ema"]);
  #status = document.createElement("p");
  #summary = document.createElement("p");
  #timer = 0;

  connectedCallback(): void {
    const plot = Object.assign(document.createElement("div"), { className: "market-chart-plot" });
    plot.setAttribute("aria-hidden", "true");
    this.#status.className = "market-chart-status";
    this.#status.setAttribute("role", "status");
    this.#summary.className = "market-chart-summary";
    const bar = controls({
      interval: this.interval,
      studies: this.#studies,
      onInterval: (interval) => this.setAttribute("interval", interval),
      onStudy: (study, isOn) => this.#switch(study, isOn),
      onOlder: () => void this.#older(),
    });
    this.replaceChildren(bar, plot, this.#status, this.#summary);
    this.#drawing = new Drawing(plot, () => void this.#older());
    void this.#open();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.#drawing?.remove();
    this.#drawing = null;
    this.#tape = null;
  }

  static readonly observedAttributes = ["interval"];

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.#drawing && before !== after) void this.#open();
  }

  get interval(): string {
    return this.getAttribute("interval") ?? "5m";
  }

  /** The candles that are drawn. */
  get bars(): readonly Bar[] {
    return this.#tape?.bars ?? [];
  }

  async #open(): Promise<void> {
    clearTimeout(this.#timer);
    const tape = new Tape(ask, this.getAttribute("symbol") ?? "", this.interval);
    this.#tape = tape;
    this.#say("Loading candles …");
    if (await this.#tried(tape, () => tape.open())) this.#show({ anew: true });
    this.#wait(tape);
  }

  #wait(tape: Tape): void {
    if (this.#tape !== tape) return;
    this.#timer = window.setTimeout(() => void this.#poll(tape), EVERY_MS);
  }

  async #poll(tape: Tape): Promise<void> {
    if (!waits()) {
      const wasEmpty = tape.bars.length === 0;
      const fetched = await this.#tried(tape, () => (wasEmpty ? tape.open() : tape.refresh()));
      if (fetched) this.#show({ anew: wasEmpty });
    }
    this.#wait(tape);
  }

  async #older(): Promise<void> {
    const tape = this.#tape;
    if (!tape?.hasOlder) return;
    let isNew = false;
    await this.#tried(tape, async () => {
      isNew = await tape.older();
    });
    if (isNew && this.#tape === tape) this.#show();
  }

  /** Do something with the tape; false where it failed (which is then said) or the chart shows another by now. */
  async #tried(tape: Tape, act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
    } catch {
      if (this.#tape === tape) this.#say("The market does not answer; trying again …");
      return false;
    }
    return this.#tape === tape && this.#drawing !== null;
  }

  #switch(study: Study, isOn: boolean): void {
    if (isOn) this.#studies.add(study);
    else this.#studies.delete(study);
    this.#show();
  }

  #show(how: { anew?: boolean } = {}): void {
    const bars = this.bars;
    this.dataset.panes = String(Number(this.#studies.has("rsi")) + Number(this.#studies.has("macd")));
    this.#drawing?.show(bars, this.#studies, how);
    const last = bars.at(-1);
    this.#say(last ? "" : "No candle of this length has closed yet.");
    const older = this.querySelector<HTMLButtonElement>("[data-older]");
    if (older) older.disabled = !this.#tape?.hasOlder;
    const label = this.getAttribute("label") ?? "Price";
    this.#summary.textContent = last
      ? `${label}, ${this.interval}: ${bars.length} candles, last close ${price(last.close)}, high ${price(last.high)}, low ${price(last.low)}`
      : "";
  }

  #say(words: string): void {
    this.#status.textContent = words;
    this.#status.hidden = words === "";
  }
}

customElements.define("market-chart", MarketChart);
