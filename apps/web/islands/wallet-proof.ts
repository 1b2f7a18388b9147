// <wallet-proof challenge complete chains next token>: prove a wallet of this browser to the arena.

import { type Step, walletFault } from "./wallet/faults.ts";
import { networkName, networkNames, readChains } from "./wallet/networks.ts";
import { type Door, prove } from "./wallet/prove.ts";
import { discover, type Wallet, withWallet } from "./wallet/provider.ts";
import { View, type Way } from "./wallet/view.ts";
import { wordsFor } from "./wallet/words.ts";
import "./wallet-proof.css";

const WAY: Way<Step> = {
  steps: [
    ["connect", "Connect the wallet"],
    ["network", "Check its network"],
    ["sign", "Sign the message"],
    ["enter", "Prove it to the arena"],
  ],
  waiting: {
    connect: "Allow the connection in your wallet.",
    network: "Your wallet may ask to switch its network.",
    sign: "Read the message in your wallet and sign it. It costs nothing.",
    enter: "Checking the signature.",
  },
  offer: "",
  other: "Use another wallet",
};

export class WalletProof extends HTMLElement {
  #wallets: Wallet[] = [];
  #view: View<Step> | null = null;
  #stop = () => {};
  #run = 0;

  connectedCallback(): void {
    const back = encodeURIComponent(location.pathname + location.search);
    const view = new View(this, WAY, (wallet) => void this.#prove(wallet), `/sign-in?next=${back}`);
    this.#view = view;
    view.onLeave = () => this.#leave();
    view.showChoice([]);
    this.#stop = discover(window, (wallet) => {
      this.#wallets = withWallet(this.#wallets, wallet);
      view.offer(this.#wallets);
    });
  }

  disconnectedCallback(): void {
    this.#stop();
    this.#run += 1;
  }

  async #prove(wallet: Wallet): Promise<void> {
    // A wallet may answer long after the person has turned to another one: only the latest way counts.
    this.#run += 1;
    const run = this.#run;
    const view = this.#view;
    if (!view) return;
    const door = this.#door();
    let at: Step = "connect";
    view.begin(wallet);
    try {
      const to = await prove(
        wallet.provider,
        door,
        (address, request) => fetch(address, request),
        (step, { address, chain }) => {
          at = step;
          if (run !== this.#run) throw new Error("left");
          view.step(step, {
            connect: address ? `${wallet.name}, ${address.slice(0, 6)}…${address.slice(-4)}` : wallet.name,
            network: chain === undefined ? "" : networkName(chain),
          });
        },
      );
      if (run !== this.#run) return;
      view.finish();
      location.assign(to);
    } catch (error) {
      if (run !== this.#run) return;
      const fault = walletFault(error, at);
      view.fail(wordsFor(fault, networkNames(door.chains)), fault.code);
    }
  }

  #leave(): void {
    this.#run += 1;
    this.#view?.showChoice(this.#wallets);
  }

  #door(): Door {
    const said = (name: string) => this.getAttribute(name) ?? "";
    return {
      challenge: said("challenge"),
      complete: said("complete"),
      chains: readChains(said("chains")),
      next: said("next"),
      token: said("token"),
      domain: location.host,
      uri: location.origin + location.pathname,
    };
  }
}

customElements.define("wallet-proof", WalletProof);
