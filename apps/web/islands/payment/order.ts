// What a wallet is asked to send, exactly as the server wrote it; nothing of it is computed here.

import { Fault } from "../wallet/faults.ts";

/** A transaction into or out of the vault. `from` is empty where anybody may send it. */
export interface Order {
  kind: "pay" | "withdraw";
  /** Names what is paid, so that this browser remembers that it was sent. */
  id: string;
  chain: number;
  from: string;
  to: string;
  data: string;
  value: string;
  /** The value in ETH, for people. */
  amount: string;
}

const ADDRESS = /^0x[0-9a-f]{40}$/i;
const DATA = /^0x(?:[0-9a-f]{2})*$/i;
const QUANTITY = /^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/i;
const HASH = /^0x[0-9a-f]{64}$/i;

/** The order of a page; a Fault where the page holds none that could be sent. */
export function readOrder(given: unknown): Order {
  const said = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof said[name] === "string" ? said[name] : "");
  const order: Order = {
    kind: said.kind === "withdraw" ? "withdraw" : "pay",
    id: text("id"),
    chain: typeof said.chain === "number" && Number.isSafeInteger(said.chain) ? said.chain : 0,
    from: text("from").toLowerCase(),
    to: text("to"),
    data: text("data"),
    value: text("value"),
    amount: text("amount"),
  };
  const sound =
    order.id !== "" &&
    order.chain > 0 &&
    (order.from === "" || ADDRESS.test(order.from)) &&
    ADDRESS.test(order.to) &&
    DATA.test(order.data) &&
    QUANTITY.test(order.value);
  if (!sound) throw new Fault("SERVER_FAILED");
  return order;
}

export const isHash = (value: unknown): value is string => typeof value === "string" && HASH.test(value);

/** "4:09" until `until`, "1 h 02:09" where it is longer; empty once it is over. Milliseconds in. */
export function countdown(until: number, now: number): string {
  const left = Math.ceil((until - now) / 1000);
  if (left <= 0) return "";
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor((left % 3600) / 60), left % 60];
  return hours > 0 ? `${hours} h ${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Wei as ETH, rounded down to six places: enough to say what a wallet holds. */
export function shortEth(wei: bigint): string {
  const micro = wei / 10n ** 12n;
  const rest = String(micro % 1_000_000n)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${micro / 1_000_000n}${rest ? `.${rest}` : ""} ETH`;
}
