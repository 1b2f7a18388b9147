// A clone's page: its equity chart, redrawn whenever the page is refreshed underneath.
import { Chart, dollars } from "./chart.js";
import { keep } from "./refresh.js";

const host = document.querySelector("[data-equity]");

function read(page) {
  return JSON.parse(page.getElementById("clone-curve").textContent);
}

if (host) {
  const first = read(document);
  const chart = new Chart(host, { format: dollars, baseline: first.start, filled: true, empty: "The curve begins with the second mark of the account." });
  chart.update([first]);
  keep((fresh) => chart.update([read(fresh)]));
}
