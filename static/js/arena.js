// The live Arena: asks /live/arena every two seconds and moves the page to the answer without rebuilding it.
import { Chart } from "./chart.js";
import { ask, show } from "./market.js";

const EVERY_MS = 2000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const race = new Chart(document.querySelector("[data-race]"), { empty: "The race begins when the first clone enters the Arena." });

function write(spot, text) {
  const before = spot.textContent;
  if (before === String(text)) return;
  spot.textContent = text;
  if (!["pnl_text"].includes(spot.dataset.f) || !before) return;
  const value = (words) => Number(words.replace("−", "-").replace(/[^\d.-]/g, ""));
  spot.classList.remove("flash-up", "flash-down");
  void spot.offsetWidth;
  spot.classList.add(value(String(text)) >= value(before) ? "flash-up" : "flash-down");
}

function fill(row, data) {
  row.dataset.key = data.id;
  if (data.tone) row.dataset.tone = data.tone;
  for (const name of ["hue", "at", "zero"]) if (data[name] !== undefined) row.style.setProperty(`--${name}`, data[name]);
  row.querySelector("[data-href]").setAttribute("href", data.url);
  row.querySelector("[data-account]")?.setAttribute("href", data.account_url);
  for (const spot of row.querySelectorAll("[data-f]")) write(spot, data[spot.dataset.f]);
  for (const path of row.querySelectorAll("[data-d]")) path.setAttribute("d", data[path.dataset.d]);
}

function place(name, items) {
  const list = document.querySelector(`[data-list="${name}"]`);
  const blank = document.querySelector(`[data-template="${name}"]`);
  const rows = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const before = new Map([...rows].map(([key, row]) => [key, row.getBoundingClientRect().top]));
  items.forEach((item, index) => {
    let row = rows.get(item.id);
    if (!row) row = blank.content.firstElementChild.cloneNode(true);
    rows.delete(item.id);
    fill(row, item);
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  for (const gone of rows.values()) gone.remove();
  document.querySelector(`[data-empty="${name}"]`).hidden = items.length > 0;
  if (calm.matches) return;
  for (const row of list.children) {
    const from = before.get(row.dataset.key);
    const moved = from === undefined ? 0 : from - row.getBoundingClientRect().top;
    if (Math.abs(moved) > 8) row.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: 500, easing: "cubic-bezier(.2,.8,.2,1)" });
  }
}

function draw(arena) {
  for (const name of ["rows", "auditions", "queue"]) place(name, arena[name]);
  for (const spot of document.querySelectorAll("[data-stat]")) write(spot, arena.stats[spot.dataset.stat]);
  race.update(arena.curves);
}

async function poll() {
  if (!document.hidden) {
    try {
      const arena = await ask("/live/arena");
      draw(arena);
      show(arena.market);
    } catch {
      document.body.dataset.live = "stale";
    }
  }
  setTimeout(poll, EVERY_MS);
}

race.update(JSON.parse(document.getElementById("arena-data").textContent).curves);
setTimeout(poll, EVERY_MS);
