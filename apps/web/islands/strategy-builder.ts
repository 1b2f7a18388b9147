// <strategy-builder source="id">: makes the builder's page live around its plain form and the graph editor.

import { type Api, connect, type Urls } from "./builder/api.ts";
import { shapeOf } from "./builder/basic.ts";
import { BasicForm, type Groups } from "./builder/form.ts";
import { keeping } from "./builder/keeping.ts";
import { drawBanner, drawFaults, drawMeters } from "./builder/panels.ts";
import { Publishing } from "./builder/publishing.ts";
import { words } from "./builder/saving.ts";
import { Session } from "./builder/session.ts";
import { type GraphDocument, readDocument } from "./graph/document.ts";
import type { Limits } from "./graph/usage.ts";
import { readSource } from "./source.ts";

interface Given {
  clone: string;
  document: unknown;
  revision: number;
  tier: string;
  limits: Limits;
  symbols: string[];
  engines: string[];
  groups: Groups;
  mode: Mode;
  urls: Urls;
}

type Mode = "basic" | "custom";
type GraphElement = HTMLElement & {
  document: GraphDocument;
  errors: unknown;
  symbols: string[];
  engines: string[];
  readonly: boolean;
  reveal?: (path: string) => boolean;
};

const COMPOSE_AFTER_MS = 300;

export class StrategyBuilder extends HTMLElement {
  #given!: Given;
  #api!: Api;
  #session!: Session;
  #form!: BasicForm;
  #publishing!: Publishing;
  #turn = 0;
  #drawn: readonly unknown[] | null = null;
  #composing = false;

  connectedCallback(): void {
    this.#given = readSource(this) as Given;
    const form = this.#part<HTMLFormElement>("basic-form");
    const token = form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    const { urls, limits, groups } = this.#given;
    this.#api = connect(urls, token);
    const kept = keeping(() => sessionStorage, `draft of ${urls.draft}`);
    const start = { ...this.#given, document: readDocument(this.#given.document) };
    this.#session = new Session(start, this.#api, kept, () => this.#draw());
    this.#form = new BasicForm(form, groups, limits.activeAssets);
    this.#publishing = new Publishing(this.#dialogParts(), this.#api, urls.summary, (number) => {
      location.assign(`${urls.versions}#v${number}`);
    });
    this.#listen(form);
    if (this.#ended) for (const field of form.elements) field.toggleAttribute("disabled", true);
    this.#form.dress();
    this.#show(this.#given.mode);
    const left = kept.find(this.#given.revision);
    if (left) this.#bringBack(left, start.document);
    else void this.#session.check();
    this.#draw();
  }

  #listen(form: HTMLFormElement): void {
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      this.#form.settle(event.target);
      this.#composeSoon();
    });
    for (const button of form.querySelectorAll<HTMLElement>("[data-cadence]")) {
      button.addEventListener("click", () => {
        this.#form.setCadence(button.dataset.cadence ?? "");
        this.#form.dress();
        this.#composeSoon();
      });
    }
    for (const choice of this.querySelectorAll<HTMLInputElement>("[data-mode-choice]")) {
      choice.addEventListener("change", () => this.#switch(choice.value as Mode));
    }
    this.#graph.addEventListener("change", (event) => {
      const { detail } = event as CustomEvent<{ document: GraphDocument }>;
      this.#session.edit(detail.document);
    });
    this.#part("publish").addEventListener("click", () => void this.#publishing.open());
    addEventListener("beforeunload", (event) => {
      if (this.#session.unsaved || this.#composing) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.#follow();
    });
  }

  /** A retired clone's strategy is shown and no longer changes. */
  get #ended(): boolean {
    return this.hasAttribute("data-ended");
  }

  #composeSoon(): void {
    if (this.#ended) return;
    this.#turn += 1;
    const turn = this.#turn;
    this.#composing = true;
    this.#draw();
    setTimeout(() => {
      if (turn === this.#turn) void this.#compose(turn);
    }, COMPOSE_AFTER_MS);
  }

  /** Have the server make the graph of the form's choices, and take it as the draft. */
  async #compose(turn: number): Promise<void> {
    const choices = this.#form.read();
    const answer = typeof choices === "string" ? choices : await this.#api.compose(choices);
    if (turn !== this.#turn) return;
    this.#composing = false;
    const wrong = typeof answer === "string" ? answer : "refusal" in answer ? answer.refusal.detail : "";
    this.#basicError(wrong);
    if (typeof answer !== "string" && "value" in answer) this.#session.edit(answer.value);
    else this.#draw();
  }

  #switch(mode: Mode): void {
    const shape = shapeOf(this.#session.document);
    if (mode === "basic" && "reason" in shape) {
      this.#choose("custom");
      this.#banner(`${shape.reason} Change that in the graph, or stay in Custom: nothing was lost.`);
      return;
    }
    if (mode === "custom" && this.#composing) {
      this.#afterComposing(() => this.#switch("custom"));
      return;
    }
    this.#banner("");
    if ("choices" in shape && mode === "basic") this.#form.write(shape.choices);
    this.#basicError("");
    this.#show(mode);
  }

  /** What was chosen in the form a moment ago belongs to the graph that is shown next. */
  #afterComposing(act: () => void): void {
    this.#turn += 1;
    void this.#compose(this.#turn).then(act);
  }

  #show(mode: Mode): void {
    this.dataset.mode = mode;
    this.#choose(mode);
    this.#part("panel", "basic").hidden = mode !== "basic";
    this.#part("panel", "custom").hidden = mode !== "custom";
    this.#drawn = null;
    this.#load();
    this.#draw();
  }

  #choose(mode: Mode): void {
    const radio = this.querySelector<HTMLInputElement>(`[data-mode-choice][value=${mode}]`);
    if (radio) radio.checked = true;
  }

  /** Give the editor the session's document; it forgets its steps, so only where it is another one. */
  #load(): void {
    const graph = this.#graph;
    graph.symbols = this.#given.symbols;
    graph.engines = this.#given.engines;
    graph.readonly = this.#ended;
    if (graph.document !== this.#session.document) graph.document = this.#session.document;
  }

  #reload(): void {
    const shape = shapeOf(this.#session.document);
    if ("choices" in shape) this.#form.write(shape.choices);
    else if (this.dataset.mode === "basic") this.#show("custom");
    this.#drawn = null;
    this.#load();
    this.#draw();
  }

  #draw(): void {
    const { saving, faults, checked, document } = this.#session;
    const state = this.#part("save-state");
    state.dataset.phase = this.#composing ? "waiting" : saving.phase;
    state.textContent = this.#composing ? "Making the graph …" : this.#ended ? "Read only" : words(saving);
    const button = this.#part<HTMLButtonElement>("publish");
    button.hidden = this.#ended;
    button.disabled = this.#composing || saving.phase !== "saved" || !checked || faults.length > 0;
    button.title = button.disabled ? "Publishing takes a saved draft without faults" : "";
    this.#drawConflict();
    const shown = [document, faults, checked];
    if (this.#drawn?.every((one, index) => one === shown[index])) return;
    this.#drawn = shown;
    drawMeters(this.#part("meters"), document, this.#given.limits);
    const said = [this.#part("problems-words"), this.#part("checks-link")];
    drawFaults(this.#part("problems-list"), said, document, faults, checked, (path) => this.#lead(path));
    if (this.dataset.mode === "custom" && checked) this.#graph.errors = faults;
  }

  #drawConflict(): void {
    const { phase, detail } = this.#session.saving;
    const shown = this.#part("banner").dataset.about;
    if (phase === "conflict" && shown !== "conflict") {
      this.#banner(
        `This draft was saved somewhere else since you opened it. ${detail} Keep mine replaces that draft with what you see here; Take theirs shows it and gives up your unsaved changes.`,
        [
          ["Keep mine", () => void this.#session.keepMine()],
          ["Take theirs", () => void this.#session.takeTheirs().then((taken) => taken && this.#reload())],
        ],
        "conflict",
      );
    } else if (phase === "failed" && shown !== "failed") {
      this.#banner(detail, [["Try again", () => void this.#session.check()]], "failed");
    } else if (phase !== "conflict" && phase !== "failed" && (shown === "conflict" || shown === "failed")) {
      this.#banner("");
    }
  }

  /** Lead to the place of a fault; the graph shows it best. */
  #lead(path: string): void {
    if (this.dataset.mode !== "custom") this.#switch("custom");
    const found = this.#graph.reveal?.(path);
    if (!found) this.#graph.scrollIntoView({ block: "nearest" });
  }

  async #follow(): Promise<void> {
    if (this.#composing || !(await this.#session.follow())) return;
    this.#reload();
    this.#banner("The draft was saved in another tab; this is what it saved.");
  }

  #bringBack(left: GraphDocument, saved: GraphDocument): void {
    this.#session.edit(left);
    this.#reload();
    this.#banner("Unsaved work of this tab was brought back.", [
      [
        "Discard it",
        () => {
          this.#session.edit(saved);
          this.#reload();
          this.#banner("");
        },
      ],
    ]);
  }

  #banner(text: string, ways: readonly (readonly [string, () => void])[] = [], about = ""): void {
    const host = this.#part("banner");
    host.dataset.about = about;
    // What asks for a decision stays until it is made; what only tells something can be put away.
    const away = ["Close", () => this.#banner("")] as const;
    drawBanner(host, text, about ? ways : [...ways, away]);
  }

  #basicError(text: string): void {
    const place = this.#part("basic-error");
    place.textContent = text;
    place.hidden = text === "";
  }

  get #graph(): GraphElement {
    return this.querySelector("strategy-graph") as GraphElement;
  }

  #dialogParts() {
    return {
      dialog: this.#part<HTMLDialogElement>("publish-dialog"),
      title: this.#part("dialog-title"),
      body: this.#part("dialog-body"),
      error: this.#part("dialog-error"),
      confirm: this.#part<HTMLButtonElement>("dialog-confirm"),
      close: this.#part("dialog-close"),
    };
  }

  #part<E extends HTMLElement = HTMLElement>(name: string, value?: string): E {
    const found = this.querySelector<E>(value === undefined ? `[data-${name}]` : `[data-${name}=${value}]`);
    if (!found) throw new Error(`The builder's page lacks its part ${name}.`);
    return found;
  }
}

customElements.define("strategy-builder", StrategyBuilder);
