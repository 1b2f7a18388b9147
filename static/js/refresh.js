// Keeps a page current: fetches it again and swaps only the parts that changed; open receipts stay open.
const EVERY_MS = 4000;

export async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) throw new Error(`the page answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!next || part.dataset.was === next.innerHTML) continue;
    part.dataset.was = next.innerHTML;
    const open = new Set([...part.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    const tops = [...part.querySelectorAll(".decisions, .fills")].map((one) => one.scrollTop);
    part.innerHTML = next.innerHTML;
    for (const one of part.querySelectorAll("details")) one.open = open.has(one.dataset.key);
    [...part.querySelectorAll(".decisions, .fills")].forEach((one, index) => { one.scrollTop = tops[index] ?? 0; });
  }
  return fresh;
}

export function keep(after = () => {}) {
  setTimeout(async () => {
    if (!document.hidden && !document.activeElement?.closest("[data-part]")) {
      try {
        after(await refresh());
      } catch {
        document.body.dataset.live = "stale";
      }
    }
    keep(after);
  }, EVERY_MS);
}

if (document.querySelector("[data-part='running']")) {
  const ends = document.querySelector("[data-live-page]");
  keep((fresh) => {
    // What was followed is over: the page of its end is another one altogether.
    if (ends && !fresh.querySelector("[data-live-page]")) location.reload();
  });
}
