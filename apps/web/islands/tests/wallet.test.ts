import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault, serverFault, walletCode, walletFault } from "../wallet/faults.ts";
import { description, networkNames, readChainId, readChains } from "../wallet/networks.ts";
import { type Ask, type Door, hexOf, prove } from "../wallet/prove.ts";
import { type Provider, readAnnouncement, type Wallet, withWallet } from "../wallet/provider.ts";
import { wordsFor } from "../wallet/words.ts";

const ADDRESS = "0x9D85ca56217D2bb651b00f15e694EB7E713637D4";
const ICON = "data:image/svg+xml;base64,AAAA";
const DOOR: Door = {
  challenge: "/challenge",
  complete: "/complete",
  chains: [4326, 6343],
  next: "/my",
  token: "csrf",
  domain: "arena.example",
  uri: "https://arena.example/sign-in",
};
type Answers = Record<string, unknown>;

/** A wallet that answers each method with a value, an error to throw, or the next of a list of those. */
function wallet(answers: Answers): { provider: Provider; asked: [string, unknown][] } {
  const asked: [string, unknown][] = [];
  const given: Answers = {
    eth_requestAccounts: [ADDRESS],
    eth_chainId: "0x10e6",
    personal_sign: "0xabcd",
    ...answers,
  };
  return {
    asked,
    provider: {
      async request({ method, params }) {
        asked.push([method, params]);
        const planned = given[method];
        const answer: unknown = planned instanceof Turns ? planned.next() : planned;
        if (answer instanceof Refusal) throw answer.error;
        return answer;
      },
    },
  };
}

class Refusal {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

class Turns {
  readonly #turns: unknown[];
  constructor(...turns: unknown[]) {
    this.#turns = turns;
  }
  next(): unknown {
    return this.#turns.shift();
  }
}

const refuse = (code: number, message = "") => new Refusal({ code, message });

/** A server that issues a message and takes the proof; what it was sent is kept. */
function server(replies: Record<string, () => Response> = {}): {
  ask: Ask;
  sent: Record<string, RequestInit>;
} {
  const sent: Record<string, RequestInit> = {};
  const usual: Record<string, () => Response> = {
    "/challenge": () => Response.json({ message: "sign ✓\nme" }),
    "/complete": () => Response.json({ to: "/my" }),
  };
  return {
    sent,
    ask: async (address, request) => {
      sent[address] = request;
      const reply = replies[address] ?? usual[address];
      if (!reply) throw new TypeError("no such address");
      return reply();
    },
  };
}

async function faultOf(provider: Provider, ask: Ask, door = DOOR): Promise<Fault> {
  try {
    await prove(provider, door, ask, () => {});
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error;
  }
  return assert.fail("the proof went through");
}

test("the whole way: connect, network, challenge, signature, proof", async () => {
  const { provider, asked } = wallet({});
  const { ask, sent } = server();
  const steps: string[] = [];
  assert.equal(await prove(provider, DOOR, ask, (step) => steps.push(step)), "/my");
  assert.deepEqual(steps, ["connect", "network", "sign", "enter"]);
  assert.deepEqual(
    asked.map(([method]) => method),
    ["eth_requestAccounts", "eth_chainId", "personal_sign"],
  );
  assert.deepEqual(asked[2]?.[1], [hexOf("sign ✓\nme"), ADDRESS.toLowerCase()]);
  assert.deepEqual(JSON.parse(String(sent["/challenge"]?.body)), {
    address: ADDRESS.toLowerCase(),
    chainId: 4326,
    domain: DOOR.domain,
    uri: DOOR.uri,
  });
  const proof = new URLSearchParams(String(sent["/complete"]?.body));
  assert.equal(proof.get("message"), "sign ✓\nme", "the text must arrive as it was signed");
  assert.equal(proof.get("signature"), "0xabcd");
  assert.equal(new Headers(sent["/complete"]?.headers).get("X-CSRFToken"), "csrf");
});

test("a wallet on the test network stays there", async () => {
  const { provider, asked } = wallet({ eth_chainId: "0x18c7" });
  const { ask, sent } = server();
  await prove(provider, DOOR, ask, () => {});
  assert.equal(JSON.parse(String(sent["/challenge"]?.body)).chainId, 6343);
  assert.ok(!asked.some(([method]) => method.startsWith("wallet_")));
});

test("a wallet elsewhere is asked to switch, and told of the network where it does not know it", async () => {
  const { provider, asked } = wallet({
    eth_chainId: new Turns("0x1", "0x10e6"),
    wallet_switchEthereumChain: new Turns(
      new Refusal({ code: -32603, data: { originalError: { code: 4902 } } }),
      null,
    ),
    wallet_addEthereumChain: null,
  });
  await prove(provider, DOOR, server().ask, () => {});
  const added = asked.find(([method]) => method === "wallet_addEthereumChain");
  assert.deepEqual(added?.[1], [description(4326)]);
});

test("who does not switch reads where the wallet is and where it should be", async () => {
  const declined = wallet({ eth_chainId: "0x1", wallet_switchEthereumChain: refuse(4001) });
  const fault = await faultOf(declined.provider, server().ask);
  assert.equal(fault.code, "WRONG_NETWORK");
  const words = wordsFor(fault, networkNames(DOOR.chains));
  assert.equal(words.happened, "Your wallet is on chain 1.");
  assert.match(words.todo, /MegaETH \(chain 4326\) or MegaETH Testnet \(chain 6343\)/);
  const lies = wallet({ eth_chainId: "0x1", wallet_switchEthereumChain: null });
  assert.equal((await faultOf(lies.provider, server().ask)).code, "WRONG_NETWORK");
});

test("a wallet that cannot switch at all signs for the first network", async () => {
  const { provider } = wallet({ eth_chainId: "0x1", wallet_switchEthereumChain: refuse(4200) });
  const { ask, sent } = server();
  await prove(provider, DOOR, ask, () => {});
  assert.equal(JSON.parse(String(sent["/challenge"]?.body)).chainId, 4326);
});

test("what a wallet refuses is told by the step", async () => {
  const codes: [Answers, string][] = [
    [{ eth_requestAccounts: refuse(4001) }, "CONNECTION_DECLINED"],
    [{ eth_requestAccounts: [] }, "WALLET_LOCKED"],
    [{ eth_requestAccounts: "0x12" }, "WALLET_LOCKED"],
    [{ eth_requestAccounts: refuse(-32002) }, "WALLET_BUSY"],
    [{ personal_sign: refuse(4001) }, "SIGNING_DECLINED"],
    [{ personal_sign: new Refusal({ code: "ACTION_REJECTED" }) }, "SIGNING_DECLINED"],
    [{ personal_sign: new Refusal(new Error("User denied message signature.")) }, "SIGNING_DECLINED"],
    [{ personal_sign: null }, "WALLET_FAILED"],
    [{ eth_chainId: refuse(4900) }, "WALLET_DISCONNECTED"],
  ];
  for (const [answers, code] of codes)
    assert.equal((await faultOf(wallet(answers).provider, server().ask)).code, code);
});

test("what the server refuses keeps its code and its patience", async () => {
  const problem = (status: number, code: string, headers = {}) => ({
    "/complete": () => Response.json({ code, detail: "no" }, { status, headers }),
  });
  const { provider } = wallet({});
  const slow = await faultOf(provider, server(problem(429, "RATE_LIMITED", { "Retry-After": "60" })).ask);
  assert.match(wordsFor(slow, "").todo, /^Wait 60 seconds/);
  const old = await faultOf(provider, server(problem(401, "SIWE_TIME_INVALID")).ask);
  assert.match(wordsFor(old, "").happened, /run out/);
  const page = () => new Response("<!doctype html>", { status: 403 });
  assert.equal((await faultOf(provider, server({ "/complete": page }).ask)).code, "CSRF_FAILED");
  const broken = () => new Response("<!doctype html>", { status: 502 });
  assert.equal((await faultOf(provider, server({ "/challenge": broken }).ask)).code, "SERVER_FAILED");
  assert.equal(
    (await faultOf(provider, async () => Promise.reject(new TypeError()))).code,
    "SERVER_UNREACHABLE",
  );
});

test("the page goes on inside its own site only", async () => {
  for (const to of [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    7,
  ]) {
    const { ask } = server({ "/complete": () => Response.json({ to }) });
    assert.equal((await faultOf(wallet({}).provider, ask)).code, "SERVER_FAILED", String(to));
  }
});

test("announcements: no pictures from elsewhere, no odd names, none without a provider", () => {
  const { provider } = wallet({});
  const info = { uuid: "a", name: "Wal\u202elet\n", icon: ICON, rdns: "x.y" };
  const read = readAnnouncement({ info, provider });
  assert.equal(read?.name, "Wallet");
  assert.equal(read?.icon, ICON);
  for (const icon of ["https://tracker.example/i.png", "data:text/html,x", 3])
    assert.equal(readAnnouncement({ info: { ...info, icon }, provider })?.icon, "");
  for (const bad of [null, {}, { info }, { info, provider: {} }, { info: { ...info, uuid: "" }, provider }])
    assert.equal(readAnnouncement(bad), null);
});

test("a wallet stands once in the list, and the window's only while nobody announced itself", () => {
  const one = wallet({}).provider;
  const entry = (id: string, name: string, provider = wallet({}).provider): Wallet => ({
    id,
    name,
    icon: "",
    provider,
  });
  let list = withWallet([], entry("window", "Browser wallet", one));
  assert.deepEqual(
    list.map(({ id }) => id),
    ["window"],
  );
  list = withWallet(list, entry("b", "Beta", one));
  list = withWallet(list, entry("a", "Alpha"));
  list = withWallet(list, entry("b", "Beta", one));
  list = withWallet(list, entry("window", "Browser wallet"));
  assert.deepEqual(
    list.map(({ id }) => id),
    ["a", "b"],
  );
});

test("numbers of networks come in several shapes", () => {
  assert.deepEqual([readChainId("0x10e6"), readChainId("4326"), readChainId(4326)], [4326, 4326, 4326]);
  assert.deepEqual([readChainId("x"), readChainId(null), readChainId("0x0")], [null, null, null]);
  assert.deepEqual(readChains("4326, 6343,x"), [4326, 6343]);
});

test("every fault has words, also one nobody thought of", () => {
  assert.equal(walletCode({ cause: { code: 4001 } }), 4001);
  assert.equal(walletFault(undefined, "sign").code, "WALLET_FAILED");
  const odd = wordsFor(new Fault("WALLET_FAILED", "Ledger: blind signing disabled."), "");
  assert.equal(odd.happened, "The wallet could not do this: Ledger: blind signing disabled.");
  const unknown = wordsFor(serverFault(409, '{"code":"NEW_RULE","detail":"Because."}', null), "");
  assert.equal(unknown.happened, "The arena refused: Because.");
});
