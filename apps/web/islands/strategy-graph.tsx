// <strategy-graph source="id" name="document" clone="name" readonly>: the editor of a strategy's graph.

import { createRoot, type Root } from "react-dom/client";
import { Editor } from "./editor/Editor.tsx";
import type { Reveal } from "./editor/useReveal.ts";
import { EMPTY, type GraphDocument, readDocument } from "./graph/document.ts";
import { type Complaint, type Faults, locate, NO_FAULTS, placeOf } from "./graph/faults.ts";
import { begin, type History, record, redo, undo } from "./graph/history.ts";
import { adoptEarly, readSource } from "./source.ts";
import "@xyflow/react/dist/style.css";
import "./strategy-graph.css";
import "./editor/inspector.css";

export class StrategyGraph extends HTMLElement {
  static formAssociated = true;
  static observedAttributes = ["readonly", "clone"];
  #internals = this.attachInternals();
  #root: Root | null = null;
  #history: History<GraphDocument> = begin(EMPTY);
  #faults: Faults = NO_FAULTS;
  #symbols: readonly string[] = [];
  #engines: readonly string[] = [];
  #reveal: Reveal | null = null;

  connectedCallback(): void {
    if (this.document === EMPTY) {
      const given = readSource(this);
      if (given !== undefined) this.#history = begin(readDocument(given));
    }
    const place = document.createElement("div");
    // The inputs' own events end here, so that a `change` heard on this element is always the graph's.
    for (const kind of ["change", "input"]) place.addEventListener(kind, (event) => event.stopPropagation());
    place.addEventListener("keydown", this.#pressed);
    this.replaceChildren(place);
    this.#root = createRoot(place);
    adoptEarly(this, ["document", "errors", "symbols", "engines", "readonly"]);
    this.#render();
  }

  disconnectedCallback(): void {
    this.#root?.unmount();
    this.#root = null;
  }

  attributeChangedCallback(): void {
    this.#render();
  }

  /** The document as the compiler reads it; setting throws a TypeError at the first place that is none. */
  get document(): GraphDocument {
    return this.#history.present;
  }

  set document(value: unknown) {
    this.#history = begin(readDocument(value));
    this.#faults = NO_FAULTS;
    this.#render();
  }

  /** Faults of the present document: path -> message, or a list of `{path, message}`. */
  set errors(value: Readonly<Record<string, string>> | readonly Complaint[]) {
    const complaints = Array.isArray(value)
      ? (value as readonly Complaint[])
      : Object.entries(value).map(([path, message]) => ({ path, message: String(message) }));
    this.#faults = locate(this.document, complaints);
    this.#render();
  }

  /** The symbols to offer for an asset. */
  set symbols(value: readonly string[]) {
    this.#symbols = [...value];
    this.#render();
  }

  /** The engines to offer for a prompt; all of them while nothing is set. */
  set engines(value: readonly string[]) {
    this.#engines = [...value];
    this.#render();
  }

  get readonly(): boolean {
    return this.hasAttribute("readonly");
  }

  set readonly(value: boolean) {
    this.toggleAttribute("readonly", value);
  }

  /** Bring the place of a fault into view and into the inspector; false where the path names no part. */
  reveal(path: string): boolean {
    const { node, edge, field } = placeOf(this.document, path);
    const id = node?.id ?? edge?.from;
    if (id === undefined) return false;
    this.#reveal = { id, field, turn: (this.#reveal?.turn ?? 0) + 1 };
    this.#render();
    return true;
  }

  #edit = (change: (document: GraphDocument) => GraphDocument, mark = ""): void => {
    const next = change(this.document);
    if (next === this.document || this.readonly) return;
    this.#move(record(this.#history, next, mark, Date.now()));
  };

  #undo = (): void => this.#move(undo(this.#history));

  #redo = (): void => this.#move(redo(this.#history));

  #move(history: History<GraphDocument>): void {
    if (history === this.#history || this.readonly) return;
    this.#history = history;
    this.#render();
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: { document: history.present } }));
  }

  #pressed = (event: KeyboardEvent): void => {
    // Return in a field of a node does not send the form around the editor.
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.#redo();
    else this.#undo();
  };

  #render(): void {
    this.#internals.setFormValue(JSON.stringify(this.document));
    this.#root?.render(
      <Editor
        document={this.document}
        faults={this.#faults}
        symbols={this.#symbols}
        engines={this.#engines}
        cloneName={this.getAttribute("clone") ?? "Clone"}
        readonly={this.readonly}
        reveal={this.#reveal}
        edit={this.#edit}
        undo={this.#history.past.length ? this.#undo : null}
        redo={this.#history.future.length ? this.#redo : null}
      />,
    );
  }
}

customElements.define("strategy-graph", StrategyGraph);
