// The way of a payment: the right account on the right network, enough ETH, the wallet's yes, a transaction's hash.

import { accountsOf, call, chainOf, switchTo } from "../wallet/calls.ts";
import { Fault, isUnsupported, walletFault } from "../wallet/faults.ts";
import { hex, networkName } from "../wallet/networks.ts";
import type { Provider } from "../wallet/provider.ts";
import { isHash, type Order, shortEth } from "./order.ts";

export type PayStep = "connect" | "network" | "confirm" | "sent";
/** Told of every step that begins, with the account as soon as it is known. */
export type Told = (step: PayStep, known: { address?: string }) => void;

const POOR = /insufficient (?:funds|balance)|not enough (?:funds|balance|eth)|exceeds? (?:the )?balance/i;
const SPENT_NUMBER = /NonceUsed|9fe91262/;

/** Have the wallet send the order; returns the transaction's hash. Throws a Fault, and then nothing was sent. */
export async function send(provider: Provider, order: Order, told: Told): Promise<string> {
  told("connect", {});
  const address = await account(provider, order.from);
  told("network", { address });
  await settle(provider, order.chain);
  await enough(provider, order, address);
  told("confirm", { address });
  // Looking at the balance took its time, and a wallet may have been switched meanwhile.
  await demand(provider, order.chain);
  const { to, data, value } = order;
  let hash: unknown;
  try {
    const params = [{ from: address, to, data, value, chainId: hex(order.chain) }];
    hash = await provider.request({ method: "eth_sendTransaction", params });
  } catch (error) {
    throw paymentFault(error);
  }
  if (!isHash(hash)) throw new Fault("WALLET_FAILED");
  told("sent", { address });
  return hash.toLowerCase();
}

/** What became of a transaction as the wallet's own network tells it; "" while it is in no block or cannot be asked. */
export async function outcome(provider: Provider, hash: string): Promise<"" | "mined" | "failed"> {
  try {
    const receipt = await provider.request({ method: "eth_getTransactionReceipt", params: [hash] });
    const { status } = (receipt ?? {}) as { status?: unknown };
    if (status === undefined) return "";
    return Number(status) === 0 ? "failed" : "mined";
  } catch {
    return "";
  }
}

async function account(provider: Provider, wanted: string): Promise<string> {
  const shown = await accountsOf(provider);
  const [first] = shown;
  if (first === undefined) throw new Fault("WALLET_LOCKED");
  if (wanted === "") return first;
  // Some wallets show several accounts: the one that the offer names may be among them.
  if (!shown.includes(wanted)) throw new Fault("WRONG_ACCOUNT", first);
  return wanted;
}

/** Unlike a signature, a payment counts on one network only: a wallet that cannot go there does not pay. */
async function settle(provider: Provider, wanted: number): Promise<void> {
  const present = await chainOf(provider);
  if (present === wanted) return;
  const wrong = new Fault("WRONG_NETWORK", present === null ? "" : networkName(present));
  try {
    await switchTo(provider, wanted);
  } catch (error) {
    const fault = walletFault(error, "network");
    const declined = fault.code === "CONNECTION_DECLINED" || fault.code === "WALLET_FAILED";
    throw declined || isUnsupported(error) ? wrong : fault;
  }
  await demand(provider, wanted);
}

async function demand(provider: Provider, wanted: number): Promise<void> {
  const present = await chainOf(provider);
  if (present !== wanted) throw new Fault("WRONG_NETWORK", present === null ? "" : networkName(present));
}

/** Say so before the wallet does, which would be less clear; a wallet that cannot tell is simply asked to send. */
async function enough(provider: Provider, order: Order, address: string): Promise<void> {
  const value = BigInt(order.value);
  let balance: unknown;
  try {
    balance = await call(provider, "network", "eth_getBalance", [address, "latest"]);
  } catch {
    return;
  }
  if (typeof balance !== "string" || !/^0x[0-9a-f]+$/i.test(balance)) return;
  const held = BigInt(balance);
  if (held < value || held === 0n) throw new Fault("NOT_ENOUGH_ETH", shortEth(held));
}

function paymentFault(error: unknown): Fault {
  const fault = walletFault(error, "sign");
  if (fault.code === "SIGNING_DECLINED") return new Fault("PAYMENT_DECLINED");
  const said = typeof error === "object" && error !== null ? JSON.stringify(error) + String(error) : "";
  if (POOR.test(said)) return new Fault("NOT_ENOUGH_ETH");
  if (SPENT_NUMBER.test(said)) return new Fault("NUMBER_USED");
  return fault;
}
