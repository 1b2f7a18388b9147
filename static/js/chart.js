// A line chart in plain SVG: percent or dollars over time, a crosshair with a tooltip, redrawn in place on new data.
const NS = "http://www.w3.org/2000/svg";
const PAD = { top: 18, right: 16, bottom: 28, left: 78 };

const node = (name, attributes = {}, text = "") => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
};

export const percent = (bps) => `${bps > 0 ? "+" : bps < 0 ? "−" : ""}${(Math.abs(bps) / 100).toFixed(2)}%`;
export const dollars = (cents) => `${cents < 0 ? "−" : ""}$${(Math.abs(cents) / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

function steps(low, high, wanted) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const marks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) marks.push(Math.round(at * 1e6) / 1e6);
  return marks;
}

function clockLabel(ms, reach) {
  const iso = new Date(ms).toISOString();
  const day = new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  if (reach > 3 * 86_400_000) return day;
  return reach > 20 * 3_600_000 ? `${day} ${iso.slice(11, 16)}` : iso.slice(11, reach < 600_000 ? 19 : 16);
}

export class Chart {
  constructor(host, { format = percent, baseline = 0, filled = false, empty = "" } = {}) {
    Object.assign(this, { host, format, baseline, filled, empty, series: [], limits: [], mark: null, hover: null });
    this.plot = document.createElement("div");
    this.plot.className = "plot";
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    host.append(this.plot);
    new ResizeObserver(() => this.draw()).observe(host);
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => { this.hover = null; this.cross(); });
  }

  // `limits` are level lines [{name, value, tone}]; `mark` is a moment {ms, text}.
  update(series, { limits = [], mark = null } = {}) {
    this.series = series.filter((one) => one.points.length > 1);
    Object.assign(this, { limits, mark });
    this.draw();
  }

  scale() {
    const all = this.series.flatMap((one) => one.points);
    const times = all.map((p) => p[0]);
    const values = [...all.map((p) => p[1]), this.baseline, ...this.limits.map((limit) => limit.value)];
    let [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low || Math.abs(this.baseline) * 0.002 || 10) * 0.12;
    [low, high] = [low - room, high + room];
    const [from, to] = [Math.min(...times), Math.max(...times)];
    const [w, h] = [this.plot.clientWidth, this.plot.clientHeight];
    const right = this.series.length > 1 && w > 560 ? 118 : PAD.right;
    return {
      w, h, low, high, from, to, right,
      x: (ms) => PAD.left + ((ms - from) / (to - from || 1)) * (w - PAD.left - right),
      y: (v) => PAD.top + ((high - v) / (high - low)) * (h - PAD.top - PAD.bottom),
    };
  }

  draw() {
    if (!this.series.length) {
      this.plot.innerHTML = "";
      const note = Object.assign(document.createElement("div"), { className: "plot-empty", textContent: this.empty });
      this.plot.append(note);
      return;
    }
    const s = (this.at = this.scale());
    const svg = node("svg", { viewBox: `0 0 ${s.w} ${s.h}`, "aria-hidden": "true" });
    for (const mark of steps(s.low, s.high, 6)) {
      svg.append(node("line", { class: "grid", x1: PAD.left, x2: s.w - s.right, y1: s.y(mark), y2: s.y(mark) }));
      svg.append(node("text", { x: PAD.left - 8, y: s.y(mark) + 4, "text-anchor": "end" }, this.label(mark)));
    }
    svg.append(node("line", { class: "base", x1: PAD.left, x2: s.w - s.right, y1: s.y(this.baseline), y2: s.y(this.baseline) }));
    const marks = s.w < 520 ? 2 : 4;
    for (let i = 0; i <= marks; i += 1) {
      const ms = s.from + ((s.to - s.from) * i) / marks;
      const anchor = i === 0 ? "start" : i === marks ? "end" : "middle";
      svg.append(node("text", { x: s.x(ms), y: s.h - 9, "text-anchor": anchor }, clockLabel(ms, s.to - s.from)));
    }
    this.bounds(svg, s);
    this.lines(svg, s);
    this.layer = node("g");
    svg.append(this.layer);
    this.plot.replaceChildren(svg, this.tip);
    this.cross();
  }

  bounds(svg, s) {
    for (const { name, value, tone } of this.limits) {
      svg.append(node("line", { class: "limit", "data-tone": tone, x1: PAD.left, x2: s.w - s.right, y1: s.y(value), y2: s.y(value) }));
      svg.append(node("text", { class: "limit-name", "data-tone": tone, x: PAD.left + 8, y: s.y(value) + (value > this.baseline ? -7 : 17) }, name));
    }
    if (!this.mark || this.mark.ms < s.from) return;
    const x = s.x(Math.min(this.mark.ms, s.to));
    const late = x > s.w / 2;
    svg.append(node("line", { class: "verdict-line", x1: x, x2: x, y1: PAD.top, y2: s.h - PAD.bottom }));
    svg.append(node("text", { class: "verdict-name", x: late ? x - 8 : x + 8, y: s.h - PAD.bottom - 8, "text-anchor": late ? "end" : "start" }, this.mark.text));
  }

  label(value) {
    const text = this.format(value);
    return text.startsWith("$") || text.startsWith("−$") ? text.replace(/\.\d\d$/, "") : text;
  }

  lines(svg, s) {
    const ends = [];
    for (const one of [...this.series].reverse()) {
      const d = one.points.map(([ms, v], i) => `${i ? "L" : "M"}${s.x(ms).toFixed(1)} ${s.y(v).toFixed(1)}`).join("");
      if (this.filled) {
        const [first, last] = [one.points[0][0], one.points[one.points.length - 1][0]];
        const floor = s.y(this.baseline).toFixed(1);
        svg.append(node("path", { d: `${d}L${s.x(last).toFixed(1)} ${floor}L${s.x(first).toFixed(1)} ${floor}z`, fill: one.hue, opacity: 0.1 }));
      }
      svg.append(node("path", { class: "curve", d, stroke: one.hue }));
      const [ms, v] = one.points[one.points.length - 1];
      svg.append(node("circle", { cx: s.x(ms), cy: s.y(v), r: 3.5, fill: one.hue }));
      ends.push({ one, y: s.y(v), x: s.x(ms) });
    }
    if (s.right > 100) this.tags(svg, s, ends);
  }

  tags(svg, s, ends) {
    ends.sort((a, b) => a.y - b.y);
    let last = -Infinity;
    for (const end of ends) {
      const y = Math.max(end.y + 4, last + 14);
      if (y > s.h - PAD.bottom + 6) continue;
      last = y;
      const name = end.one.name.length > 14 ? `${end.one.name.slice(0, 13)}…` : end.one.name;
      svg.append(node("text", { class: "tag", x: s.w - s.right + 12, y, style: `fill:${end.one.hue}` }, name));
    }
  }

  point(event) {
    if (!this.at) return;
    const box = this.plot.getBoundingClientRect();
    const share = (event.clientX - box.left - PAD.left) / (this.at.w - PAD.left - this.at.right);
    this.hover = this.at.from + Math.min(1, Math.max(0, share)) * (this.at.to - this.at.from);
    this.cross();
  }

  cross() {
    this.tip.hidden = this.hover === null || !this.series.length;
    if (!this.layer) return;
    this.layer.replaceChildren();
    if (this.tip.hidden) return;
    const s = this.at;
    const near = this.series.map((one) => ({ one, p: one.points.reduce((a, b) => (Math.abs(b[0] - this.hover) < Math.abs(a[0] - this.hover) ? b : a)) }));
    const x = s.x(Math.min(s.to, Math.max(s.from, this.hover)));
    this.layer.append(node("line", { class: "cross", x1: x, x2: x, y1: PAD.top, y2: s.h - PAD.bottom }));
    for (const { one, p } of near) this.layer.append(node("circle", { cx: s.x(p[0]), cy: s.y(p[1]), r: 4, fill: one.hue, stroke: "#07080a", "stroke-width": 2 }));
    const when = document.createElement("p");
    when.textContent = `${new Date(this.hover).toISOString().slice(0, 19).replace("T", " ")} UTC`;
    const rows = near.sort((a, b) => b.p[1] - a.p[1]).slice(0, 8).map(({ one, p }) => {
      const row = document.createElement("div");
      const dot = document.createElement("i");
      dot.style.background = one.hue;
      const value = document.createElement("b");
      value.textContent = this.format(p[1]);
      row.append(dot, one.name, value);
      return row;
    });
    this.tip.replaceChildren(when, ...rows);
    this.tip.style.left = x > s.w / 2 ? "" : `${x + 16}px`;
    this.tip.style.right = x > s.w / 2 ? `${s.w - x + 16}px` : "";
  }
}
