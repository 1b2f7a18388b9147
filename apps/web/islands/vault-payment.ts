// <vault-payment source>: sends a transaction of the page with a wallet, and keeps the page's payment current.

import { countdown, type Order, readOrder } from "./payment/order.ts";
import { outcome, type PayStep, send } from "./payment/pay.ts";
import { forget, recall, remember } from "./payment/sent.ts";
import { paymentWords } from "./payment/words.ts";
import { readSource } from "./source.ts";
import { Fault, walletFault } from "./wallet/faults.ts";
import { discover, type Provider, type Wallet, withWallet } from "./wallet/provider.ts";
import { View, type Way } from "./wallet/view.ts";
import "./wallet-proof.css";
import "./vault-payment.css";

const EVERY_MS = 3000;
const STATUS = "[data-payment-status]";

export class VaultPayment extends HTMLElement {
  #order: Order | null = null;
  #view: View<PayStep> | null = null;
  #wallets: Wallet[] = [];
  #stop = () => {};
  #run = 0;
  #sent = "";
  #through: Provider | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];
  #skew = 0;

  connectedCallback(): void {
    const given = readSource(this);
    this.#begin(given ?? null);
    const clock = document.querySelector<HTMLElement>("[data-server-ms]");
    this.#skew = clock ? Number(clock.dataset.serverMs) - Date.now() : 0;
    this.#timers = [setInterval(() => this.#tick(), 1000), setInterval(() => void this.#look(), EVERY_MS)];
    this.#tick();
  }

  disconnectedCallback(): void {
    this.#stop();
    this.#run += 1;
    for (const timer of this.#timers) clearInterval(timer);
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
    this.#run += 1;
    const run = this.#run;
    const [view, order] = [this.#view, this.#order];
    if (!view || !order) return;
    this.#sent = "";
    delete this.dataset.sent;
    view.begin(wallet);
    try {
      const hash = await send(wallet.provider, order, (step, { address }) => {
        // Once the wallet was asked to pay, its answer counts whoever looks at what.
        if (run !== this.#run && step !== "sent") throw new Error("left");
        view.step(step, {
          connect: address ? `${wallet.name}, ${address.slice(0, 6)}…${address.slice(-4)}` : "",
        });
      });
      remember(order.id, hash);
      this.#through = wallet.provider;
      this.#wait(hash);
    } catch (error) {
      if (run === this.#run) this.#fail(error);
    }
  }

  #wait(hash: string): void {
    this.#sent = hash;
    this.dataset.sent = hash;
    const todo =
      `Transaction ${hash.slice(0, 10)}…${hash.slice(-6)} is on its way. This page follows it by itself; ` +
      "you may close it and come back.";
    this.#view?.wait({ happened: "Sent.", todo });
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
        shown.innerHTML = next.innerHTML;
        shown.dataset.was = next.innerHTML;
        for (const name of ["state", "over", "tone", "waits"]) shown.dataset[name] = next.dataset[name] ?? "";
        this.#tick();
      }
      if (next.dataset.waits !== "1") this.#end();
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

  /** Nothing is left to send: the chain has it, or the offer is over. */
  #end(): void {
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
