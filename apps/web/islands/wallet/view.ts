// What the door shows: the wallets to choose from, the way to go, and what went wrong.

import type { Wallet } from "./provider.ts";
import type { Words } from "./words.ts";

/** The steps of a way with their titles, and what to do while each of them lasts. */
export interface Way<S extends string> {
  steps: readonly (readonly [S, string])[];
  waiting: Readonly<Record<S, string>>;
  /** Written before a wallet's name where it is offered: "Pay with ". */
  offer: string;
  /** The way back to the choice. */
  other: string;
}

export class View<S extends string> {
  readonly #wallets = make("ul", "wp-wallets");
  readonly #none = make("div", "wp-none");
  readonly #way = make("div", "wp-way");
  readonly #steps = make("ol", "wp-steps");
  readonly #said = make("div", "wp-said");
  readonly #again = button("Try again", "button");
  readonly #other: HTMLButtonElement;
  readonly #reauth = make("a", "button");

  readonly #lead: Way<S>;
  readonly #choose: (wallet: Wallet) => void;
  onLeave: () => void = () => {};

  constructor(host: HTMLElement, lead: Way<S>, choose: (wallet: Wallet) => void, signInAddress: string) {
    this.#lead = lead;
    this.#other = button(lead.other, "button quiet");
    this.#choose = choose;
    this.#none.append(
      line("b", "No wallet found in this browser."),
      line("p", "On a computer, install a wallet extension and load this page again."),
      line("p", "On a phone, open this page in the browser inside your wallet's app."),
    );
    for (const [step, title] of lead.steps) {
      const entry = make("li");
      entry.dataset.step = step;
      entry.append(line("b", title), make("small"));
      this.#steps.append(entry);
    }
    this.#said.setAttribute("role", "status");
    this.#said.tabIndex = -1;
    this.#reauth.textContent = "Sign in again";
    this.#reauth.setAttribute("href", signInAddress);
    const acts = make("div", "wp-acts");
    acts.append(this.#again, this.#reauth, this.#other);
    this.#way.append(this.#steps, this.#said, acts);
    this.#other.addEventListener("click", () => this.onLeave());
    host.replaceChildren(this.#wallets, this.#none, this.#way);
  }

  /** Offer these wallets; with none, say what to do. */
  offer(wallets: readonly Wallet[]): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.wallet;
    this.#wallets.replaceChildren(...wallets.map((wallet) => this.#entry(wallet)));
    for (const one of this.#wallets.querySelectorAll("button"))
      if (one.dataset.wallet === focused) one.focus();
    this.#none.hidden = wallets.length > 0;
  }

  /** Show the choice again, and put the keyboard on it. */
  showChoice(wallets: readonly Wallet[]): void {
    this.#way.hidden = true;
    this.#wallets.hidden = false;
    this.offer(wallets);
    this.#wallets.querySelector("button")?.focus();
  }

  /** Begin the way with one wallet. */
  begin(wallet: Wallet): void {
    this.#wallets.hidden = true;
    this.#none.hidden = true;
    this.#way.hidden = false;
    this.#again.onclick = () => this.#choose(wallet);
    this.#other.hidden = false;
    this.#acts(false, false);
    for (const entry of this.#steps.children) mark(entry, "waiting", "");
    this.#said.dataset.tone = "";
    this.#said.focus();
  }

  /** A step begins: those before it are done. */
  step(step: S, notes: Partial<Record<S, string>>): void {
    let state = "done";
    for (const entry of this.#steps.children) {
      const here = (entry as HTMLElement).dataset.step as S;
      if (here === step) state = "doing";
      mark(entry, state, notes[here] ?? "");
      if (here === step) state = "waiting";
    }
    this.#said.replaceChildren(line("p", this.#lead.waiting[step]));
  }

  /** Every step is done; the page is about to change, or says what it waits for. */
  finish(words: Words = { happened: "", todo: "Done. One moment …" }): void {
    for (const entry of this.#steps.children) mark(entry, "done", null);
    this.#other.hidden = true;
    this.#said.dataset.tone = "";
    this.#said.replaceChildren(...(words.happened ? [line("b", words.happened)] : []), line("p", words.todo));
  }

  /** All was sent, and it is others who decide now; trying again stays possible. */
  wait(words: Words): void {
    this.#wallets.hidden = true;
    this.#none.hidden = true;
    this.#way.hidden = false;
    this.finish(words);
    this.#other.hidden = false;
  }

  /** Show the choice without taking the keyboard to it. */
  hideWay(): void {
    this.#way.hidden = true;
  }

  /** The step at hand failed. */
  fail(words: Words, code: string): void {
    this.#steps.querySelector("[data-state=doing]")?.setAttribute("data-state", "failed");
    const wantsSignIn = code === "REAUTH_REQUIRED" || code === "NOT_AUTHENTICATED";
    this.#acts(!wantsSignIn, wantsSignIn);
    this.#said.dataset.tone = "bad";
    this.#said.dataset.code = code;
    this.#said.replaceChildren(line("b", words.happened), line("p", words.todo));
    (wantsSignIn ? this.#reauth : this.#again).focus();
  }

  #acts(again: boolean, reauth: boolean): void {
    this.#again.hidden = !again;
    this.#reauth.hidden = !reauth;
  }

  #entry(wallet: Wallet): HTMLElement {
    const entry = make("li");
    const choose = button("", "wp-wallet");
    choose.dataset.wallet = wallet.id;
    choose.append(picture(wallet), line("b", this.#lead.offer + wallet.name), make("i"));
    choose.addEventListener("click", () => this.#choose(wallet));
    entry.append(choose);
    return entry;
  }
}

function picture(wallet: Wallet): HTMLElement {
  if (wallet.icon === "") {
    const letter = line("span", wallet.name.slice(0, 1).toUpperCase());
    letter.setAttribute("aria-hidden", "true");
    return letter;
  }
  // In an <img> a picture runs no script, whatever it holds.
  const image = document.createElement("img");
  image.src = wallet.icon;
  image.alt = "";
  image.width = image.height = 36;
  return image;
}

function mark(entry: Element, state: string, note: string | null): void {
  entry.setAttribute("data-state", state);
  if (state === "doing") entry.setAttribute("aria-current", "step");
  else entry.removeAttribute("aria-current");
  const small = entry.querySelector("small");
  if (small && note !== null) small.textContent = note;
}

function make(tag: string, name = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

function line(tag: string, text: string): HTMLElement {
  const made = make(tag);
  made.textContent = text;
  return made;
}

function button(text: string, name: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.textContent = text;
  return made;
}
