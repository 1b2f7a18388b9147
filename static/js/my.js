// Keeps the cards of one's own clones current while somebody looks at them.
import { refresh } from "./refresh.js";

const EVERY_MS = 15000;

async function turn() {
  if (!document.hidden && !document.activeElement?.closest("[data-part]")) {
    try {
      await refresh();
    } catch {
      document.body.dataset.live = "stale";
    }
  }
  setTimeout(turn, EVERY_MS);
}

setTimeout(turn, EVERY_MS);
