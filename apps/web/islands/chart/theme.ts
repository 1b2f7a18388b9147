// The chart's colours and letters, taken from the variables of static/css/tokens.css.

import { ColorType, type DeepPartial, LineStyle, type TimeChartOptions } from "lightweight-charts";

/** A variable of the page's design, or `instead` on a page without it. */
export function token(host: Element, name: string, instead: string): string {
  return getComputedStyle(host).getPropertyValue(name).trim() || instead;
}

export function chartOptions(host: Element): DeepPartial<TimeChartOptions> {
  const line = token(host, "--line", "#22272e");
  return {
    autoSize: true,
    layout: {
      attributionLogo: true,
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: token(host, "--smoke", "#8a909b"),
      fontFamily: token(host, "--sans", "sans-serif"),
      fontSize: 12,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: line } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderColor: line, timeVisible: true, secondsVisible: false },
    crosshair: { vertLine: { style: LineStyle.Dotted }, horzLine: { style: LineStyle.Dotted } },
    handleScroll: { vertTouchDrag: false },
  };
}
