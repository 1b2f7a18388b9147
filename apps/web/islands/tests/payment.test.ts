import assert from "node:assert/strict";
import { test } from "node:test";
import { waitAfter } from "../payment/looking.ts";
import { countdown, isHash, type Order, readOrder, shortEth } from "../payment/order.ts";
import { outcome, type PayStep, send } from "../payment/pay.ts";
import { forget, recall, remember } from "../payment/sent.ts";
import { paymentWords, sentWords } from "../payment/words.ts";
import { Fault } from "../wallet/faults.ts";
import { description } from "../wallet/networks.ts";
import type { Provider } from "../wallet/provider.ts";

const PAYER = `0x${"9d".repeat(20)}`;
const OTHER = `0x${"11".repeat(20)}`;
const VAULT = `0x${"fa".repeat(20)}`;
const HASH = `0x${"Ab".repeat(32)}`;
const FEE = "0x2386f26fc10000"; // 0.01 ETH
const ORDER: Order = {
  kind: "pay",
  id: "quo_1",
  chain: 6343,
  from: PAYER,
  to: VAULT,
  data: "0xdeadbeef",
  value: FEE,
  amount: "0.01 ETH",
};

class Refusal {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

const refuse = (code: number, message = "") => new Refusal({ code, message });

/** A wallet on the order's network with enough ETH; each method answers with a value, a refusal or a list of those. */
function wallet(answers: Record<string, unknown> = {}): { provider: Provider; asked: [string, unknown][] } {
  const asked: [string, unknown][] = [];
  const given: Record<string, unknown> = {
    eth_requestAccounts: [PAYER],
    eth_chainId: "0x18c7",
    eth_getBalance: "0xde0b6b3a7640000",
    eth_sendTransaction: HASH,
    ...answers,
  };
  const turns: Record<string, unknown[]> = {};
  return {
    asked,
    provider: {
      async request({ method, params }) {
        asked.push([method, params]);
        const planned = given[method];
        if (planned instanceof Set && !turns[method]) turns[method] = [...planned];
        const answer = planned instanceof Set ? turns[method]?.shift() : planned;
        if (answer instanceof Refusal) throw answer.error;
        return answer;
      },
    },
  };
}

async function faultOf(answers: Record<string, unknown>, order = ORDER): Promise<Fault> {
  const { provider, asked } = wallet(answers);
  try {
    await send(provider, order, () => {});
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    const sent = asked.some(([method]) => method === "eth_sendTransaction");
    assert.ok(!sent || "eth_sendTransaction" in answers, "nothing may be sent before everything fits");
    return error;
  }
  return assert.fail("the payment went through");
}

test("the whole way sends exactly what the server wrote, from the offer's account", async () => {
  const { provider, asked } = wallet();
  const steps: PayStep[] = [];
  assert.equal(await send(provider, ORDER, (step) => steps.push(step)), HASH.toLowerCase());
  assert.deepEqual(steps, ["connect", "network", "confirm", "sent"]);
  assert.deepEqual(asked.at(-1), [
    "eth_sendTransaction",
    [{ from: PAYER, to: VAULT, data: "0xdeadbeef", value: FEE, chainId: "0x18c7" }],
  ]);
});

test("the offer's account counts, also where the wallet shows another one first", async () => {
  const { provider, asked } = wallet({
    eth_requestAccounts: [OTHER, PAYER.toUpperCase().replace("0X", "0x")],
  });
  await send(provider, ORDER, () => {});
  assert.deepEqual((asked.at(-1)?.[1] as { from: string }[])[0]?.from, PAYER);
  const fault = await faultOf({ eth_requestAccounts: [OTHER] });
  assert.equal(fault.code, "WRONG_ACCOUNT");
  const words = paymentWords(fault, ORDER);
  assert.match(words.happened, /shows 0x1111…1111, and this offer is for 0x9d9d…9d9d/);
  assert.match(words.todo, /Select 0x9d9d…9d9d in the wallet/);
  const anybody = wallet({ eth_requestAccounts: [OTHER] });
  await send(anybody.provider, { ...ORDER, from: "" }, () => {});
  assert.deepEqual((anybody.asked.at(-1)?.[1] as { from: string }[])[0]?.from, OTHER);
});

test("a wallet elsewhere is asked to switch, and is told of the network where it does not know it", async () => {
  const { provider, asked } = wallet({
    eth_chainId: new Set(["0x1", "0x18c7", 6343]),
    wallet_switchEthereumChain: new Set([refuse(4902), null]),
    wallet_addEthereumChain: null,
  });
  await send(provider, ORDER, () => {});
  assert.deepEqual(asked.find(([method]) => method === "wallet_addEthereumChain")?.[1], [description(6343)]);
});

test("a wallet that stays elsewhere pays nothing: unlike a signature, a payment has one network", async () => {
  const elsewhere = [
    { eth_chainId: "0x1", wallet_switchEthereumChain: refuse(4001) },
    { eth_chainId: "0x1", wallet_switchEthereumChain: refuse(4200) },
    { eth_chainId: "0x1", wallet_switchEthereumChain: null },
    { eth_chainId: "0x1", wallet_switchEthereumChain: refuse(4902), wallet_addEthereumChain: refuse(4001) },
  ];
  for (const answers of elsewhere) {
    const fault = await faultOf(answers);
    assert.equal(fault.code, "WRONG_NETWORK");
    const words = paymentWords(fault, ORDER);
    assert.equal(words.happened, "Your wallet is on chain 1.");
    assert.match(words.todo, /^Nothing was sent and nothing was charged\. Switch it to MegaETH Testnet/);
  }
});

test("a wallet that is switched while its balance is read pays nothing", async () => {
  const { provider, asked } = wallet({ eth_chainId: new Set(["0x18c7", "0x1"]) });
  const steps: PayStep[] = [];
  await assert.rejects(
    send(provider, ORDER, (step) => steps.push(step)),
    (fault: Fault) => fault.code === "WRONG_NETWORK" && fault.message === "chain 1",
  );
  assert.deepEqual(steps, ["connect", "network", "confirm"]);
  assert.ok(!asked.some(([method]) => method === "eth_sendTransaction"));
});

test("what was sent is said to be sent, also where the offer ran out while the wallet was open", () => {
  assert.equal(sentWords(HASH, false).happened, "Sent.");
  assert.match(sentWords(HASH, false).todo, /is on its way/);
  const late = sentWords(HASH, true);
  assert.equal(late.happened, "Sent.");
  assert.match(late.todo, /ran out meanwhile.*too late.*Do not pay again/);
});

test("a page looks soon at first, then less and less, and once a minute at least", () => {
  assert.deepEqual([1, 40].map(waitAfter), [3000, 3000]);
  const waits = Array.from({ length: 100 }, (_, looks) => waitAfter(looks));
  assert.deepEqual(
    waits,
    [...waits].sort((one, other) => one - other),
  );
  assert.equal(waits.at(-1), 60_000);
});

test("too little ETH is told before the wallet is asked, and as the wallet tells it", async () => {
  const poor = await faultOf({ eth_getBalance: "0xaa87bee538000" });
  assert.equal(poor.code, "NOT_ENOUGH_ETH");
  assert.equal(paymentWords(poor, ORDER).happened, "This account holds 0.003 ETH.");
  for (const message of ["insufficient funds for gas * price + value", "Sender doesn't have enough funds"]) {
    const said = new Refusal({
      code: -32000,
      message: `err: ${message}`,
      data: { message: "insufficient funds" },
    });
    assert.equal((await faultOf({ eth_sendTransaction: said })).code, "NOT_ENOUGH_ETH");
  }
  const silent = wallet({ eth_getBalance: refuse(4200) });
  await send(silent.provider, ORDER, () => {});
  assert.equal(silent.asked.at(-1)?.[0], "eth_sendTransaction");
});

test("a withdrawal costs a fee only: an empty account reads so", async () => {
  const order: Order = { ...ORDER, kind: "withdraw", from: "", value: "0x0" };
  const { provider } = wallet({ eth_getBalance: "0x1" });
  await send(provider, order, () => {});
  const words = paymentWords(await faultOf({ eth_getBalance: "0x0" }, order), order);
  assert.match(words.todo, /network asks a small fee/);
});

test("what a wallet refuses is told apart", async () => {
  const codes: [Record<string, unknown>, string][] = [
    [{ eth_requestAccounts: refuse(4001) }, "CONNECTION_DECLINED"],
    [{ eth_requestAccounts: [] }, "WALLET_LOCKED"],
    [{ eth_requestAccounts: refuse(-32002) }, "WALLET_BUSY"],
    [{ eth_chainId: refuse(4900) }, "WALLET_DISCONNECTED"],
    [{ eth_sendTransaction: refuse(4001) }, "PAYMENT_DECLINED"],
    [{ eth_sendTransaction: new Refusal({ code: "ACTION_REJECTED" }) }, "PAYMENT_DECLINED"],
    [{ eth_sendTransaction: new Refusal({ code: 3, data: "0x9fe91262" }) }, "NUMBER_USED"],
    [{ eth_sendTransaction: "0x12" }, "WALLET_FAILED"],
    [{ eth_sendTransaction: null }, "WALLET_FAILED"],
  ];
  for (const [answers, code] of codes) {
    const fault = await faultOf(answers);
    assert.equal(fault.code, code);
    const { happened, todo } = paymentWords(fault, ORDER);
    assert.ok(happened && todo, code);
  }
  assert.match(paymentWords(new Fault("PAYMENT_DECLINED"), ORDER).todo, /nothing was charged/);
});

test("an order that could not be sent is none", () => {
  assert.deepEqual(readOrder({ ...ORDER }), ORDER);
  const broken = [
    null,
    {},
    { ...ORDER, id: "" },
    { ...ORDER, chain: "6343" },
    { ...ORDER, to: "0x12" },
    { ...ORDER, from: "me" },
    { ...ORDER, value: "1" },
    { ...ORDER, value: "0x00" },
    { ...ORDER, data: "0xabc" },
  ];
  for (const one of broken) assert.throws(() => readOrder(one), Fault, JSON.stringify(one));
});

test("what became of a transaction, as far as the wallet's network tells", async () => {
  const told = async (receipt: unknown) =>
    outcome(wallet({ eth_getTransactionReceipt: receipt }).provider, HASH);
  assert.equal(await told(null), "");
  assert.equal(await told({ status: "0x1" }), "mined");
  assert.equal(await told({ status: "0x0" }), "failed");
  assert.equal(await told(refuse(4200)), "");
});

test("clocks and small amounts for people", () => {
  assert.equal(countdown(61_000, 0), "1:01");
  assert.equal(countdown(3_729_000, 0), "1 h 02:09");
  assert.equal(countdown(1, 0), "0:01");
  assert.equal(countdown(0, 0), "");
  assert.equal(shortEth(3_000_000_000_000_000n), "0.003 ETH");
  assert.equal(shortEth(10n ** 18n), "1 ETH");
  assert.equal(shortEth(1n), "0 ETH");
  assert.deepEqual([HASH, "0x12", null].map(isHash), [true, false, false]);
});

test("a browser without storage forgets what it sent, and nothing breaks", () => {
  remember("quo_1", HASH.toLowerCase());
  assert.equal(recall("quo_1"), "");
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
  remember("quo_1", HASH.toLowerCase());
  assert.equal(recall("quo_1"), HASH.toLowerCase());
  kept.set("pumpparty.sent.quo_2", "<script>");
  assert.equal(recall("quo_2"), "");
  forget("quo_1");
  assert.equal(recall("quo_1"), "");
});
