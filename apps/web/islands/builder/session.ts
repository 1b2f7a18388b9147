// One sitting at the builder: edits are checked, saved when they are sound, and kept when they are not.

import type { GraphDocument } from "../graph/document.ts";
import type { Complaint } from "../graph/faults.ts";
import type { Api } from "./api.ts";
import type { Keeping } from "./keeping.ts";
import { accepted, edited, judged, opened, refused, type Saving, sending } from "./saving.ts";

export interface Start {
  document: GraphDocument;
  revision: number;
  tier: string;
}

const CHECK_AFTER_MS = 450;
type Wait = (act: () => void, ms: number) => void;
// The browser's own timer refuses to be called as somebody's method.
const later: Wait = (act, ms) => void setTimeout(act, ms);

export class Session {
  document: GraphDocument;
  saving: Saving;
  faults: readonly Complaint[] = [];
  /** Whether the faults are those of the present document. */
  checked = false;
  readonly #api: Api;
  readonly #keeping: Keeping;
  readonly #tier: string;
  readonly #changed: () => void;
  readonly #wait: Wait;
  #turn = 0;
  #busy = false;

  constructor(start: Start, api: Api, keeping: Keeping, changed: () => void, wait: Wait = later) {
    this.document = start.document;
    this.saving = opened(start.revision, JSON.stringify(start.document));
    this.#tier = start.tier;
    this.#api = api;
    this.#keeping = keeping;
    this.#changed = changed;
    this.#wait = wait;
  }

  /** Whether leaving now would leave something behind that the server does not hold. */
  get unsaved(): boolean {
    return this.saving.phase !== "saved";
  }

  /** Take a new document; it is checked a moment after the last edit. */
  edit(document: GraphDocument): void {
    this.document = document;
    this.checked = false;
    this.saving = edited(this.saving, this.#text());
    if (this.saving.phase === "saved") this.#keeping.drop();
    else this.#keeping.keep(document, this.saving.revision);
    this.#turn += 1;
    const turn = this.#turn;
    this.#wait(() => {
      if (turn === this.#turn) void this.check();
    }, CHECK_AFTER_MS);
    this.#changed();
  }

  /** Ask for every fault of the present document, and save it where there is none. */
  async check(): Promise<void> {
    const turn = this.#turn;
    const answer = await this.#api.check(this.document, this.#tier);
    if (turn !== this.#turn) return;
    if ("refusal" in answer) {
      this.saving = refused(this.saving, answer.refusal.status, answer.refusal.detail);
    } else {
      this.faults = answer.value;
      this.checked = true;
      this.saving = judged(this.saving, answer.value.length);
    }
    this.#changed();
    if (this.saving.phase === "waiting") await this.save();
  }

  /** Send the present document over the revision that was read; one request at a time. */
  async save(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const sent = this.#text();
    this.saving = sending(this.saving);
    this.#changed();
    const answer = await this.#api.save(this.document, this.saving.revision);
    this.#busy = false;
    if ("refusal" in answer) {
      this.saving = refused(this.saving, answer.refusal.status, answer.refusal.detail);
    } else {
      this.saving = accepted(this.saving, answer.value.revision, sent, this.#text());
      if (this.saving.phase === "saved") this.#keeping.drop();
      else this.#keeping.keep(this.document, this.saving.revision);
    }
    this.#changed();
    if (this.saving.phase === "waiting") await this.check();
  }

  /** End a conflict with this page's document: it replaces what stands on the server now. */
  async keepMine(): Promise<void> {
    const answer = await this.#api.read();
    if ("refusal" in answer) return this.#fail(answer.refusal.detail);
    this.saving = {
      ...opened(answer.value.revision, JSON.stringify(answer.value.document)),
      phase: "waiting",
    };
    this.#keeping.keep(this.document, this.saving.revision);
    await this.check();
  }

  /** End a conflict with the server's document; false where it could not be read. */
  async takeTheirs(): Promise<boolean> {
    const answer = await this.#api.read();
    if ("refusal" in answer) {
      this.#fail(answer.refusal.detail);
      return false;
    }
    this.document = answer.value.document;
    this.saving = opened(answer.value.revision, this.#text());
    this.#keeping.drop();
    this.#turn += 1;
    await this.check();
    return true;
  }

  /** Look whether the draft moved on elsewhere; true where it did and nothing here was lost by following. */
  async follow(): Promise<boolean> {
    if (this.unsaved || this.#busy) return false;
    const answer = await this.#api.read();
    if ("refusal" in answer || this.unsaved || answer.value.revision === this.saving.revision) return false;
    return this.takeTheirs();
  }

  #fail(detail: string): void {
    this.saving = { ...this.saving, detail };
    this.#changed();
  }

  #text(): string {
    return JSON.stringify(this.document);
  }
}
