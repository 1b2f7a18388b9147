// An audition's page: its equity between the loss limit and the target, followed while it runs.
import { Chart, dollars } from "./chart.js";
import { keep } from "./refresh.js";

const host = document.querySelector("[data-corridor]");

function read(page) {
  const found = page.getElementById("audition-chart");
  return found ? JSON.parse(found.textContent) : null;
}

if (host) {
  const first = read(document);
  const chart = new Chart(host, { format: dollars, baseline: first.start, filled: true, empty: "The curve begins with the second mark of the account." });
  const draw = (data) => chart.update([data], { limits: data.limits, mark: data.mark });
  draw(first);
  if (document.querySelector("[data-live-page]")) {
    keep((fresh) => {
      const next = read(fresh);
      // A verdict is another page altogether.
      if (!next || !fresh.querySelector("[data-live-page]")) location.reload();
      else draw(next);
    });
  }
}
