// <vault-payment source>: sends a transaction of the page with a wallet, and keeps the page's payment current.

import { waitAfter } from "./payment/looking.ts";
import { countdown, type Order, readOrder } from "./payment/order.ts";
import { outcome, type PayStep, send } from "./payment/pay.ts";
import { forget, recall, remember } from "./payment/sent.ts";
import { paymentWords, sentWords } from "./payment/words.ts";
import { readSource } from "./source.ts";
import { Fault, walletFault } from "./wallet/faults.ts";
import { discover, type Provider, type Wallet, withWallet } from "./wallet/provider.ts";
import { View, type Way } from "./wallet/view.ts";
import "./wallet-proof.css";
import "./vault-payment.css";

const STATUS = "[data-payment-status]";

export class VaultPayment extends HTMLElement {
  #order: Order | null = null;
  #view: View<PayStep> | null = null;
  #wallets: Wallet[] = [];
  #stop = () => {};
  #run = 0;
  #sent = "";
  #through: Provider | null = null;
  #clock: ReturnType<typeof setInterval> | undefined;
  #next: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #looking = false;
  #quiet = 0;
  #skew = 0;

  connectedCallback(): void {
    const given = readSource(this);
    this.#begin(given ?? null);
    const clock = document.querySelector<HTMLElement>("[data-server-ms]");
    this.#skew = clock ? Number(clock.dataset.serverMs) - Date.now() : 0;
    this.#clock = setInterval(() => this.#tick(), 1000);
    document.addEventListener("visibilitychange", this.#shown);
    this.#tick();
    this.#plan();
  }

  disconnectedCallback(): void {
    this.#stop();
    this.#run += 1;
    clearInterval(this.#clock);
    clearTimeout(this.#next);
    document.removeEventListener("visibilitychange", this.#shown);
  }

  #shown = (): void => {
    this.#quiet = 0;
    void this.#look();
  };

  /** Look again, unless nothing more is to be expected here: what happens later is told when the page is loaded. */
  #plan(): void {
    clearTimeout(this.#next);
    const shown = document.querySelector<HTMLElement>(STATUS);
    if (!this.isConnected || !shown || shown.dataset.over === "1") return;
    this.#next = setTimeout(() => void this.#look(), waitAfter(this.#quiet));
  }

  #begin(given: unknown): void {
    if (given === null) {
      this.replaceChildren();
      return;
    }
    let order: Order;
    try {
      order = readOrder(given);
    } catch {
      // Nothing that could be sent: what stands inside the tags stays, and the page goes on being kept current.
      return;
    }
    const back = encodeURIComponent(location.pathname + location.search);
    const view = new View(this, way(order), (wallet) => void this.#pay(wallet), `/sign-in?next=${back}`);
    this.#order = order;
    this.#view = view;
    view.onLeave = () => {
      this.#run += 1;
      view.showChoice(this.#wallets);
    };
    view.offer([]);
    view.hideWay();
    this.#stop = discover(window, (wallet) => {
      this.#wallets = withWallet(this.#wallets, wallet);
      if (!this.#sent) view.offer(this.#wallets);
    });
    const before = recall(order.id);
    if (before) this.#wait(before);
  }

  async #pay(wallet: Wallet): Promise<void> {
    const [view, order] = [this.#view, this.#order];
    if (!view || !order) return;
    this.#run += 1;
    const run = this.#run;
    this.#asked += 1;
    this.#sent = "";
    delete this.dataset.sent;
    view.begin(wallet);
    try {
      const hash = await send(wallet.provider, order, (step, { address }) => {
        // Once the wallet was asked to pay, its answer counts whoever looks at what.
        if (run !== this.#run && step !== "sent") throw new Error("left");
        if (step === "confirm" && isOver()) throw new Fault("OFFER_OVER");
        view.step(step, {
          connect: address ? `${wallet.name}, ${address.slice(0, 6)}…${address.slice(-4)}` : "",
        });
      });
      remember(order.id, hash);
      this.#through = wallet.provider;
      this.#wait(hash);
    } catch (error) {
      if (run === this.#run) this.#fail(error);
    } finally {
      this.#asked -= 1;
    }
  }

  #wait(hash: string): void {
    this.#sent = hash;
    this.dataset.sent = hash;
    this.#view?.wait(sentWords(hash, isOver()));
    this.#quiet = 0;
    void this.#look();
  }

  #fail(error: unknown): void {
    const [view, order] = [this.#view, this.#order];
    if (!view || !order) return;
    const fault = walletFault(error, "sign");
    view.fail(paymentWords(fault, order), fault.code);
  }

  /** Ask the server how the payment stands, and show what changed; it is the server that knows. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      this.#quiet += 1;
      await this.#see();
    } finally {
      this.#looking = false;
      this.#plan();
    }
  }

  async #see(): Promise<void> {
    const shown = document.querySelector<HTMLElement>(STATUS);
    if (document.hidden || !shown || shown.dataset.over === "1") return;
    if (shown.contains(document.activeElement) && shown !== document.activeElement) return;
    await this.#ask(shown);
    if (this.#sent && this.#through && shown.dataset.waits === "1") {
      const became = await outcome(this.#through, this.#sent);
      if (became === "failed") this.#failed();
    }
  }

  async #ask(shown: HTMLElement): Promise<void> {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector<HTMLElement>(STATUS);
      document.body.dataset.live = answer.ok ? "fresh" : "stale";
      if (!answer.ok) return;
      // The page is about something else now, as where the payment is through: show all of it.
      if (!next || next.dataset.turn !== shown.dataset.turn) return location.reload();
      if (next.innerHTML !== shown.dataset.was) {
        this.#quiet = 0;
        // What may be paid again was written anew by the server, and stands on the page alone.
        if (next.dataset.waits === "1" && shown.dataset.waits !== "1") return location.reload();
        shown.innerHTML = next.innerHTML;
        shown.dataset.was = next.innerHTML;
        for (const name of ["state", "over", "tone", "waits"]) shown.dataset[name] = next.dataset[name] ?? "";
        this.#tick();
      }
      if (next.dataset.waits !== "1") this.#end(next.dataset.state ?? "");
    } catch {
      document.body.dataset.live = "stale";
    }
  }

  #failed(): void {
    if (this.#order) forget(this.#order.id);
    this.#sent = "";
    delete this.dataset.sent;
    this.#fail(new Fault("TX_REVERTED"));
  }

  /** Nothing is left to send: the chain has it, or the offer is over. What was sent and not seen yet goes on being told. */
  #end(state: string): void {
    if (state === "expired" && (this.#asked > 0 || this.#sent)) return;
    // The chain has it: should it leave the chain, the page is to offer it again instead of calling it sent.
    if (this.#order) forget(this.#order.id);
    this.#stop();
    this.#run += 1;
    this.#view = null;
    delete this.dataset.sent;
    this.replaceChildren();
  }

  #tick(): void {
    for (const spot of document.querySelectorAll<HTMLElement>("[data-countdown]")) {
      const left = countdown(Number(spot.dataset.countdown), Date.now() + this.#skew);
      spot.textContent = left || "no longer";
    }
  }
}

/** Whether the page says that nothing is to be sent any more. */
const isOver = (): boolean => document.querySelector<HTMLElement>(STATUS)?.dataset.waits !== "1";

function way(order: Order): Way<PayStep> {
  const paying = order.kind === "pay";
  return {
    steps: [
      ["connect", "Connect the wallet"],
      ["network", "Check account and network"],
      ["confirm", paying ? `Confirm ${order.amount} in the wallet` : "Confirm the transaction in the wallet"],
      ["sent", "Sent to the chain"],
    ],
    waiting: {
      connect: "Allow the connection in your wallet.",
      network: "Your wallet may ask to switch its network.",
      confirm: paying
        ? `Check the amount in your wallet, ${order.amount}, and confirm.`
        : `Confirm in your wallet. ${order.amount} comes to you; you pay the network's fee.`,
      sent: "Waiting for a block.",
    },
    offer: paying ? `Pay ${order.amount} with ` : `Withdraw ${order.amount} with `,
    other: "Choose the wallet again",
  };
}

customElements.define("vault-payment", VaultPayment);
