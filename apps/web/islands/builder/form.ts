// The basic mode's form between its fields and the choices.

import catalogue from "../graph/catalogue.json" with { type: "json" };
import type { Choices } from "./basic.ts";

export type Groups = Readonly<Record<string, readonly string[]>>;

export class BasicForm {
  readonly #form: HTMLFormElement;
  readonly #groups: Groups;
  readonly #most: number;

  constructor(form: HTMLFormElement, groups: Groups, most: number) {
    this.#form = form;
    this.#groups = groups;
    this.#most = most;
    this.#search();
  }

  /** The choices as they stand, or what keeps them from being any. */
  read(): Choices | string {
    const data = new FormData(this.#form);
    const text = (name: string) => String(data.get(name) ?? "");
    const cadenceMinutes = Number(text("cadence_minutes"));
    const assets = data.getAll("assets").map(String);
    if (assets.length === 0) return "Choose at least one asset.";
    if (!Number.isInteger(cadenceMinutes) || cadenceMinutes < 1 || cadenceMinutes > 1440) {
      return "Minutes between decisions: a whole number from 1 to 1440.";
    }
    const wakePriceMoveBps = Number(text("wake_price_move_bps"));
    const [least = 0, greatest = 0] = catalogue.limits.wakeMoveBps;
    const sound = wakePriceMoveBps >= least && wakePriceMoveBps <= greatest;
    if (!Number.isInteger(wakePriceMoveBps) || (wakePriceMoveBps !== 0 && !sound)) {
      return `Move of the price: a whole number from ${least} to ${greatest}, or nothing.`;
    }
    return {
      assets,
      depth: text("depth"),
      engine: text("engine"),
      strategy: text("strategy"),
      cadenceMinutes,
      name: text("name"),
      behaviour: text("behaviour").replaceAll("\r\n", "\n"),
      enabled: data.has("enabled"),
      wakePriceMoveBps,
      wakeStopHit: data.has("wake_stop_hit"),
      wakeNewMarket: data.has("wake_new_market"),
    };
  }

  write(choices: Choices): void {
    for (const asset of choices.assets) this.#offer(asset);
    for (const box of this.#boxes()) box.checked = choices.assets.includes(box.value);
    this.#pick("depth", choices.depth);
    this.#pick("engine", choices.engine);
    for (const name of ["strategy", "name", "behaviour"] as const) this.#field(name).value = choices[name];
    this.#field("cadence_minutes").value = String(choices.cadenceMinutes);
    this.#field("wake_price_move_bps").value = String(choices.wakePriceMoveBps || "");
    this.#tick("enabled", choices.enabled);
    this.#tick("wake_stop_hit", choices.wakeStopHit);
    this.#tick("wake_new_market", choices.wakeNewMarket);
    this.#markGroup();
    this.dress();
  }

  /** Let what was just changed pull what hangs on it: a category ticks its assets, ticks name their category. */
  settle(changed: EventTarget | null): void {
    if (changed instanceof HTMLInputElement && changed.name === "category") {
      const group = this.#groups[changed.value];
      if (group) for (const box of this.#boxes()) box.checked = group.includes(box.value);
    } else if (changed instanceof HTMLInputElement && changed.name === "assets") this.#markGroup();
    this.dress();
  }

  setCadence(minutes: string): void {
    this.#field("cadence_minutes").value = minutes;
  }

  /** Counts, and what only matters for some choices. */
  dress(): void {
    const chosen = this.#boxes().filter((box) => box.checked).length;
    this.#say("[data-own-count]", `${chosen} of ${this.#most} chosen`);
    const strategy = this.#form.querySelector<HTMLElement>("[data-strategy]");
    if (strategy) strategy.hidden = new FormData(this.#form).get("engine") !== "rules";
    const behaviour = this.#field("behaviour") as HTMLTextAreaElement;
    this.#say("[data-behaviour-count]", `${behaviour.value.length} of ${behaviour.maxLength}`);
    const cadence = this.#field("cadence_minutes").value;
    for (const button of this.#form.querySelectorAll<HTMLElement>("[data-cadence]")) {
      button.setAttribute("aria-pressed", String(button.dataset.cadence === cadence));
    }
  }

  #boxes(): HTMLInputElement[] {
    return [...this.#form.querySelectorAll<HTMLInputElement>("input[name=assets]")];
  }

  #field(name: string): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }

  #pick(name: string, value: string): void {
    const radio = this.#form.querySelector<HTMLInputElement>(
      `input[name=${name}][value="${CSS.escape(value)}"]`,
    );
    if (radio) radio.checked = true;
  }

  #tick(name: string, on: boolean): void {
    const box = this.#form.elements.namedItem(name);
    if (box instanceof HTMLInputElement) box.checked = on;
  }

  #markGroup(): void {
    const chosen = new Set(this.#boxes().flatMap((box) => (box.checked ? [box.value] : [])));
    const same = (group: readonly string[]) =>
      group.length === chosen.size && group.every((symbol) => chosen.has(symbol));
    this.#pick("category", Object.keys(this.#groups).find((key) => same(this.#groups[key] ?? [])) ?? "own");
  }

  /** An asset that the market does not list any more still needs its box. */
  #offer(symbol: string): void {
    if (this.#boxes().some((box) => box.value === symbol)) return;
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), {
      type: "checkbox",
      name: "assets",
      value: symbol,
    });
    label.append(box, Object.assign(document.createElement("span"), { textContent: symbol }));
    this.#form.querySelector("[data-assets]")?.append(label);
  }

  #search(): void {
    const search = this.#form.querySelector<HTMLInputElement>("[data-asset-search]");
    if (!search || this.#boxes().length <= 24) return;
    search.hidden = false;
    search.addEventListener("input", (event) => {
      event.stopPropagation();
      const wanted = search.value.trim().toLowerCase();
      for (const box of this.#boxes()) {
        const label = box.closest("label");
        if (label) label.hidden = !box.checked && !box.value.toLowerCase().includes(wanted);
      }
    });
  }

  #say(place: string, words: string): void {
    const found = this.#form.querySelector(place);
    if (found) found.textContent = words;
  }
}
