// The clock and the price-source banner on every page: one small poll, and a clock that ticks between answers.
const EVERY_MS = 5000;
const time = document.querySelector("[data-market-time]");
const date = document.querySelector("[data-market-date]");
const source = document.querySelector("[data-source]");
let base = { ms: Number(time.dataset.ms) || 0, speed: Number(time.dataset.speed) || 1, at: performance.now() };

function tick() {
  if (!base.ms) return;
  const ms = base.ms + (performance.now() - base.at) * base.speed;
  time.textContent = new Date(ms).toISOString().slice(11, 19);
}

export function show(market) {
  base = { ms: market.time_ms, speed: market.speed, at: performance.now() };
  date.textContent = market.date_text;
  source.dataset.kind = market.kind;
  source.querySelector("[data-source-label]").textContent = market.label;
  source.querySelector("[data-source-note]").textContent = market.note;
  document.body.dataset.live = "fresh";
  tick();
}

export async function ask(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

async function poll() {
  if (!document.hidden) {
    try {
      show(await ask("/live/market"));
    } catch {
      document.body.dataset.live = "stale";
    }
  }
  setTimeout(poll, EVERY_MS);
}

setInterval(tick, 250);
setTimeout(poll, base.ms ? EVERY_MS : 0);
