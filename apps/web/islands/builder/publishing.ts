// The dialog before publishing: what changes against the active version, then the act itself.

import type { Api } from "./api.ts";

export interface Parts {
  dialog: HTMLDialogElement;
  title: HTMLElement;
  body: HTMLElement;
  error: HTMLElement;
  confirm: HTMLButtonElement;
  close: HTMLElement;
}

export class Publishing {
  readonly #parts: Parts;
  readonly #api: Api;
  readonly #summary: string;
  readonly #done: (number: number) => void;
  #revision = 0;

  constructor(parts: Parts, api: Api, summary: string, done: (number: number) => void) {
    this.#parts = parts;
    this.#api = api;
    this.#summary = summary;
    this.#done = done;
    parts.close.addEventListener("click", () => parts.dialog.close());
    parts.confirm.addEventListener("click", () => void this.#publish());
  }

  /** Fetch the summary that the publish page shows and put it into the dialog. */
  async open(): Promise<void> {
    const { dialog, title, body, confirm } = this.#parts;
    this.#fail("");
    confirm.disabled = true;
    title.textContent = "Publish";
    body.replaceChildren("Comparing with the active version …");
    dialog.showModal();
    try {
      const answer = await fetch(this.#summary, { credentials: "same-origin", cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector<HTMLElement>("[data-part=summary]");
      if (!answer.ok || !found) throw new Error("The summary could not be read; sign in again and repeat.");
      this.#revision = Number(found.dataset.revision);
      title.textContent = `Publish version ${found.dataset.next}`;
      body.replaceChildren(...found.childNodes);
      confirm.disabled = found.dataset.blocked === "1";
      if (!confirm.disabled) confirm.focus();
    } catch (failure) {
      body.replaceChildren();
      this.#fail(failure instanceof Error ? failure.message : "The summary could not be read.");
    }
  }

  async #publish(): Promise<void> {
    const { dialog, confirm } = this.#parts;
    confirm.disabled = true;
    // The revision whose summary was shown: if another tab has saved since, nothing is published unseen.
    const answer = await this.#api.publish(this.#revision);
    if ("refusal" in answer) {
      this.#fail(answer.refusal.detail);
      confirm.disabled = answer.refusal.status === 412;
      return;
    }
    dialog.close();
    this.#done(answer.value.number);
  }

  #fail(words: string): void {
    this.#parts.error.textContent = words;
    this.#parts.error.hidden = words === "";
  }
}
