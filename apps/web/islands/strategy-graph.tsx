// <strategy-graph source="id" name="document" readonly>: the editor of a strategy's graph as an element of a page.

import { createRoot, type Root } from "react-dom/client";
import { Editor } from "./editor/Editor.tsx";
import { EMPTY, type GraphDocument, readDocument } from "./graph/document.ts";
import { type Faults, locate, NO_FAULTS } from "./graph/faults.ts";
import { adoptEarly, readSource } from "./source.ts";
import "@xyflow/react/dist/style.css";
import "./strategy-graph.css";

export class StrategyGraph extends HTMLElement {
  static formAssociated = true;
  static observedAttributes = ["readonly"];
  #internals = this.attachInternals();
  #root: Root | null = null;
  #document: GraphDocument = EMPTY;
  #faults: Faults = NO_FAULTS;
  #symbols: readonly string[] = [];

  connectedCallback(): void {
    if (this.#document === EMPTY) {
      const given = readSource(this);
      if (given !== undefined) this.#document = readDocument(given);
    }
    const place = document.createElement("div");
    // The inputs' own events end here, so that a `change` heard on this element is always the graph's.
    for (const kind of ["change", "input"]) place.addEventListener(kind, (event) => event.stopPropagation());
    place.addEventListener("keydown", (event) => {
      // Return in a field of a node does not send the form around the editor.
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
    });
    this.replaceChildren(place);
    this.#root = createRoot(place);
    adoptEarly(this, ["document", "errors", "symbols", "readonly"]);
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
    return this.#document;
  }

  set document(value: unknown) {
    this.#document = readDocument(value);
    this.#faults = NO_FAULTS;
    this.#render();
  }

  /** Faults of the present document, path -> message, as in `nodes[3].cadenceMinutes`. */
  set errors(value: Readonly<Record<string, string>>) {
    this.#faults = locate(this.#document, value);
    this.#render();
  }

  /** The symbols to offer for an asset. */
  set symbols(value: readonly string[]) {
    this.#symbols = [...value];
    this.#render();
  }

  get readonly(): boolean {
    return this.hasAttribute("readonly");
  }

  set readonly(value: boolean) {
    this.toggleAttribute("readonly", value);
  }

  #edit = (change: (document: GraphDocument) => GraphDocument): void => {
    const next = change(this.#document);
    if (next === this.#document || this.readonly) return;
    this.#document = next;
    this.#render();
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: { document: next } }));
  };

  #render(): void {
    this.#internals.setFormValue(JSON.stringify(this.#document));
    this.#root?.render(
      <Editor
        document={this.#document}
        faults={this.#faults}
        symbols={this.#symbols}
        readonly={this.readonly}
        edit={this.#edit}
      />,
    );
  }
}

customElements.define("strategy-graph", StrategyGraph);
