// Everything that can stop a payment, in plain words: what happened, and what to do now.

import type { Fault } from "../wallet/faults.ts";
import { networkNames } from "../wallet/networks.ts";
import { type Words, wordsFor } from "../wallet/words.ts";
import type { Order } from "./order.ts";

/** What is said once the wallet has sent it; `isOver` where the offer ran out while the wallet was open. */
export function sentWords(hash: string, isOver: boolean): Words {
  const short = `${hash.slice(0, 10)}…${hash.slice(-6)}`;
  const todo = isOver
    ? `The offer ran out meanwhile, so transaction ${short} may come too late to count by itself. Nothing of it is ` +
      "lost: this page shows it when it arrives. Do not pay again."
    : `Transaction ${short} is on its way. This page follows it by itself; you may close it and come back.`;
  return { happened: "Sent.", todo };
}

/** What happened and what to do where the order could not be sent. */
export function paymentWords(fault: Fault, order: Order): Words {
  const paying = order.kind === "pay";
  const nothing = paying ? "Nothing was sent and nothing was charged." : "Nothing was sent.";
  switch (fault.code) {
    case "PAYMENT_DECLINED":
      return {
        happened: paying ? "You declined the payment." : "You declined the transaction.",
        todo: `${nothing} Try again when you like.`,
      };
    case "WRONG_ACCOUNT":
      return {
        happened: `The wallet shows ${short(fault.message)}, and this offer is for ${short(order.from)}.`,
        todo: `Select ${short(order.from)} in the wallet, then try again. A payment from another account would not count.`,
      };
    case "WRONG_NETWORK":
      return {
        happened: fault.message
          ? `Your wallet is on ${fault.message}.`
          : "Your wallet is on another network.",
        todo: `${nothing} Switch it to ${networkNames([order.chain])}, then try again.`,
      };
    case "NOT_ENOUGH_ETH":
      return {
        happened: fault.message
          ? `This account holds ${fault.message}.`
          : "This account does not hold enough ETH.",
        todo: paying
          ? `It takes ${order.amount} and a little for the network's fee, on ${networkNames([order.chain])}. Top it up, then try again.`
          : `The network asks a small fee for sending. Put a little ETH on it, on ${networkNames([order.chain])}, then try again.`,
      };
    case "NUMBER_USED":
      return {
        happened: "The vault has taken a payment under this number already.",
        todo: "Nothing was sent twice. Wait a moment: this page shows the payment as soon as the chain tells of it.",
      };
    case "TX_REVERTED":
      return {
        happened: paying ? "The payment failed on the chain." : "The transaction failed on the chain.",
        todo: paying
          ? "The vault took nothing; only the network's fee was spent. You may try again while the offer holds."
          : "Nothing left the vault; only the network's fee was spent. Load this page again to see how it stands.",
      };
    case "OFFER_OVER":
      return {
        happened: paying ? "The offer ran out." : "It stands otherwise by now.",
        todo: `${nothing} Load this page again to see how it stands.`,
      };
    case "CONNECTION_DECLINED":
      return {
        happened: "The wallet was not connected: the request was declined.",
        todo: `${nothing} Try again and allow this site to see your address.`,
      };
    default:
      return wordsFor(fault, networkNames([order.chain]));
  }
}

const short = (address: string): string =>
  address.length > 12 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address || "another account";
