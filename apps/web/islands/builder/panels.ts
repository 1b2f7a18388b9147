// What stands beside the work: meters, the list of faults and the banner, drawn from values.

import type { GraphDocument } from "../graph/document.ts";
import { type Complaint, placeOf, plain, title } from "../graph/faults.ts";
import { type Limits, meters } from "../graph/usage.ts";

export function make(tag: string, className: string, ...content: (string | Node)[]): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

export function drawMeters(host: HTMLElement, graph: GraphDocument, limits: Limits): void {
  const rows = meters(graph, limits).map(({ key, label, used, allowed }) => {
    const row = make("div", "meter");
    row.dataset.key = key;
    row.toggleAttribute("data-over", used > allowed);
    const bar = make("meter", "");
    Object.assign(bar, { min: 0, max: Math.max(used, allowed), value: used });
    bar.setAttribute("aria-label", `${label}: ${used} of ${allowed}`);
    const track = make("i", "");
    track.style.setProperty("--share", String(Math.min(1, used / allowed)));
    row.append(
      make("span", "", label),
      make("b", "", String(used), make("small", "", ` / ${allowed}`)),
      track,
      bar,
    );
    return row;
  });
  host.replaceChildren(...rows);
}

/** The faults as buttons that lead to their places; `checked` is false while an answer is awaited. */
export function drawFaults(
  list: HTMLElement,
  places: readonly HTMLElement[],
  graph: GraphDocument,
  faults: readonly Complaint[],
  checked: boolean,
  show: (path: string) => void,
): void {
  const count = faults.length;
  for (const place of places) {
    place.textContent = !checked ? "checking …" : count === 0 ? "No faults" : counted(count);
    place.dataset.tone = !checked ? "" : count === 0 ? "up" : "down";
  }
  list.replaceChildren(
    ...faults.map((fault) => {
      const button = make("button", "fault") as HTMLButtonElement;
      button.type = "button";
      button.dataset.path = fault.path;
      button.append(
        make("b", "", placeWords(graph, fault.path)),
        make("span", "", plain(graph, fault.message)),
      );
      button.addEventListener("click", () => show(fault.path));
      return make("li", "", button);
    }),
  );
}

/** Where a fault is, for people: "BTC", "Trader · cadence minutes", "From BTC to Trader", "Whole graph". */
export function placeWords(graph: GraphDocument, path: string): string {
  const { node, edge, field } = placeOf(graph, path);
  if (edge) return `From ${nameOf(graph, edge.from)} to ${nameOf(graph, edge.to)}`;
  if (!node) return "Whole graph";
  const part = field.replace(/([A-Z])/g, " $1").toLowerCase();
  return part ? `${title(node)} · ${part}` : title(node);
}

function nameOf(graph: GraphDocument, id: string): string {
  const node = graph.nodes.find((one) => one.id === id);
  return node ? title(node) : id;
}

function counted(count: number): string {
  return count === 1 ? "1 fault" : `${count} faults`;
}

/** Say something with ways out of it; no words take the banner away. */
export function drawBanner(
  host: HTMLElement,
  words: string,
  ways: readonly (readonly [label: string, act: () => void])[] = [],
): void {
  host.hidden = words === "";
  host.replaceChildren(
    make("p", "", words),
    ...ways.map(([label, act]) => {
      const button = make("button", "button small quiet", label) as HTMLButtonElement;
      button.type = "button";
      button.addEventListener("click", act);
      return button;
    }),
  );
}
