// The chart's buttons: the length of a candle, the studies, older candles.

import { STUDIES, type Study } from "./drawing.ts";

const INTERVALS = ["1m", "5m", "1h"] as const;
const TITLES: Record<Study, string> = {
  sma: "SMA 20",
  ema: "EMA 20",
  bollinger: "Bollinger",
  rsi: "RSI 14",
  macd: "MACD",
};

interface Wishes {
  interval: string;
  studies: ReadonlySet<Study>;
  onInterval: (interval: string) => void;
  onStudy: (study: Study, isOn: boolean) => void;
  onOlder: () => void;
}

export function controls(wishes: Wishes): HTMLElement {
  const bar = Object.assign(document.createElement("div"), { className: "market-chart-controls" });
  const lengths = group("Length of a candle");
  for (const interval of INTERVALS) {
    const chosen = button(interval, interval === wishes.interval, () => {
      for (const one of lengths.querySelectorAll("button")) {
        one.setAttribute("aria-pressed", String(one === chosen));
      }
      wishes.onInterval(interval);
    });
    lengths.append(chosen);
  }
  const studies = group("Indicators");
  for (const study of STUDIES) {
    const made = button(TITLES[study], wishes.studies.has(study), () => {
      const isOn = made.getAttribute("aria-pressed") !== "true";
      made.setAttribute("aria-pressed", String(isOn));
      wishes.onStudy(study, isOn);
    });
    made.dataset.study = study;
    studies.append(made);
  }
  const older = button("Older", null, wishes.onOlder);
  older.dataset.older = "";
  bar.append(lengths, studies, older);
  return bar;
}

function group(label: string): HTMLElement {
  const made = document.createElement("div");
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", label);
  return made;
}

function button(text: string, pressed: boolean | null, act: () => void): HTMLButtonElement {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  if (pressed !== null) made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", act);
  return made;
}
