// The way through the door: connect, be on the right network, sign the server's message, hand it in.

import { accountsOf, call, chainOf, switchTo } from "./calls.ts";
import { Fault, isUnsupported, type Step, serverFault, walletFault } from "./faults.ts";
import { networkName } from "./networks.ts";
import type { Provider } from "./provider.ts";

/** Where the message comes from and where the proof goes, as the page says it. */
export interface Door {
  challenge: string;
  complete: string;
  chains: readonly number[];
  next: string;
  token: string;
  domain: string;
  uri: string;
}

/** Asks our own server; the browser's fetch, or a test's. */
export type Ask = (address: string, request: RequestInit) => Promise<Response>;
/** Told of every step that begins, with what is known by then. */
export type Told = (step: Step, known: { address?: string; chain?: number }) => void;

const PATIENCE_MS = 20_000;

/** Prove the wallet's account to the server; returns where the page goes on. Throws a Fault. */
export async function prove(provider: Provider, door: Door, ask: Ask, told: Told): Promise<string> {
  told("connect", {});
  const address = await connect(provider);
  told("network", { address });
  const chain = await settleNetwork(provider, door.chains);
  told("sign", { address, chain });
  const message = await challenge(door, ask, address, chain);
  const signature = await sign(provider, message, address);
  told("enter", { address, chain });
  return handIn(door, ask, message, signature);
}

async function connect(provider: Provider): Promise<string> {
  const [first] = await accountsOf(provider);
  if (first === undefined) throw new Fault("WALLET_LOCKED");
  return first;
}

/** The network to sign on: the wallet's own where it is one of ours, else the one it switched to. */
async function settleNetwork(provider: Provider, chains: readonly number[]): Promise<number> {
  const wanted = chains[0];
  if (wanted === undefined) throw new Fault("SERVER_FAILED");
  const present = await chainOf(provider);
  if (present !== null && chains.includes(present)) return present;
  const wrong = new Fault("WRONG_NETWORK", present === null ? "" : networkName(present));
  try {
    await switchTo(provider, wanted);
  } catch (error) {
    // A wallet that cannot switch at all still signs: a plain account's signature is bound to the message alone.
    if (isUnsupported(error)) return wanted;
    const fault = walletFault(error, "network");
    throw fault.code === "CONNECTION_DECLINED" || fault.code === "WALLET_FAILED" ? wrong : fault;
  }
  if ((await chainOf(provider)) !== wanted) throw wrong;
  return wanted;
}

async function challenge(door: Door, ask: Ask, address: string, chainId: number): Promise<string> {
  const { domain, uri } = door;
  const body = JSON.stringify({ address, chainId, domain, uri });
  const answer = await post(ask, door, door.challenge, body, "application/json");
  const { message } = answer;
  if (typeof message !== "string") throw new Fault("SERVER_FAILED");
  return message;
}

async function sign(provider: Provider, message: string, address: string): Promise<string> {
  const signature = await call(provider, "sign", "personal_sign", [hexOf(message), address]);
  if (typeof signature !== "string") throw new Fault("WALLET_FAILED");
  return signature;
}

async function handIn(door: Door, ask: Ask, message: string, signature: string): Promise<string> {
  const form = new URLSearchParams({ message, signature, next: door.next });
  const { to } = await post(ask, door, door.complete, form, "application/x-www-form-urlencoded");
  if (typeof to !== "string" || !/^\/(?![/\\])/.test(to)) throw new Fault("SERVER_FAILED");
  return to;
}

async function post(
  ask: Ask,
  door: Door,
  address: string,
  body: string | URLSearchParams,
  type: string,
): Promise<Record<string, unknown>> {
  const headers = { "Content-Type": type, Accept: "application/json", "X-CSRFToken": door.token };
  let answer: Response;
  let said: string;
  try {
    answer = await ask(address, { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
    said = await answer.text();
  } catch {
    throw new Fault("SERVER_UNREACHABLE");
  }
  if (!answer.ok) throw serverFault(answer.status, said, answer.headers.get("Retry-After"));
  try {
    return JSON.parse(said) as Record<string, unknown>;
  } catch {
    throw new Fault("SERVER_FAILED");
  }
}

/** The message as wallets expect it: the hexadecimal of its UTF-8 bytes. */
export function hexOf(text: string): string {
  return `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
