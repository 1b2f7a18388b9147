import assert from "node:assert/strict";
import { test } from "node:test";
import { addNode, connect, disconnect, duplicate, removeNodes, replaceNode } from "../graph/edit.ts";
import { locate } from "../graph/faults.ts";
import { listedAs } from "../graph/presets.ts";
import { refusal, targetsOf } from "../graph/rules.ts";
import { SOUND } from "./documents.ts";

test("only a stream leads to an asset and only an asset to a prompt", () => {
  const free = { ...SOUND, edges: [] };
  const allowed = SOUND.nodes.flatMap((a) =>
    SOUND.nodes.filter((b) => refusal(free, a.id, b.id) === null).map((b) => `${a.id}>${b.id}`),
  );
  assert.deepEqual(allowed, ["data>asset-1", "data>asset-2", "asset-1>prompt", "asset-2>prompt"]);
});

test("a refusal says why", () => {
  assert.match(refusal(SOUND, "data", "prompt") ?? "", /data stream may not lead to a trading prompt/);
  assert.match(refusal(SOUND, "data", "data") ?? "", /itself/);
  assert.match(refusal(SOUND, "data", "asset-1") ?? "", /joined already/);
  assert.match(refusal(SOUND, "data", "ghost") ?? "", /does not exist/);
});

test("a refused connection leaves the document as it was", () => {
  assert.equal(connect(SOUND, "data", "prompt"), SOUND);
  assert.equal(connect(SOUND, "prompt", "asset-1"), SOUND);
});

test("joining and parting are each other's undoing", () => {
  const parted = disconnect(SOUND, "asset-2", "prompt");
  assert.equal(parted.edges.length, 3);
  assert.deepEqual(connect(parted, "asset-2", "prompt"), SOUND);
});

test("removing a node removes its edges and nothing else", () => {
  const left = removeNodes(SOUND, new Set(["asset-1"]));
  assert.deepEqual(
    left.nodes.map((node) => node.id),
    ["data", "asset-2", "prompt"],
  );
  assert.deepEqual(left.edges, [
    { from: "data", to: "asset-2" },
    { from: "asset-2", to: "prompt" },
  ]);
});

test("a new node has a free id and the fields that were asked for", () => {
  const made = addNode(SOUND, "asset", { symbol: "SOL" });
  assert.deepEqual(made?.node, { id: "asset-3", kind: "asset", symbol: "SOL", active: true });
  assert.equal(made?.document.nodes.length, 5);
});

test("a twin has the edges of its source, a prompt's twin claims nothing", () => {
  const asset = duplicate(SOUND, "asset-1");
  assert.equal(asset?.node.kind === "asset" && asset.node.symbol, "");
  assert.deepEqual(
    asset?.document.edges.filter((edge) => edge.from === "asset-3" || edge.to === "asset-3"),
    [
      { from: "data", to: "asset-3" },
      { from: "asset-3", to: "prompt" },
    ],
  );
  const prompt = duplicate(SOUND, "prompt");
  assert.equal(prompt?.node.id, "prompt-1");
  assert.equal(prompt?.document.edges.length, SOUND.edges.length);
});

test("a symbol is taken in the letters in which it is listed", () => {
  assert.equal(listedAs("btc", ["BTC", "kPEPE"]), "BTC");
  assert.equal(listedAs("KPEPE ", ["BTC", "kPEPE"]), "kPEPE");
  assert.equal(listedAs("bt", ["BTC"]), "bt");
});

test("a full graph takes no further node", () => {
  let document = SOUND;
  for (let made = addNode(document, "asset"); made; made = addNode(document, "asset"))
    document = made.document;
  assert.equal(document.nodes.length, 200);
});

test("a node is replaced in its place", () => {
  const changed = replaceNode(SOUND, { id: "asset-1", kind: "asset", symbol: "DOGE" });
  assert.deepEqual(changed.nodes[1], { id: "asset-1", kind: "asset", symbol: "DOGE" });
  assert.deepEqual(
    targetsOf(changed, "data").map((node) => node.id),
    ["asset-1", "asset-2"],
  );
});

test("faults are found by their paths, and two at one place are both kept", () => {
  const faults = locate(SOUND, [
    { path: "nodes[3].cadenceMinutes", message: "must be a whole number" },
    { path: "nodes[1]", message: "'asset-1' is fed by no data stream" },
    { path: "nodes[1]", message: "'asset-1' leads to no trading prompt" },
    { path: "edges[2]", message: "repeats" },
    { path: "assets[ETH]", message: "uses 9 data links" },
    { path: "nodes", message: "holds no trading_prompt" },
  ]);
  assert.deepEqual(faults.nodes.get("prompt"), [
    { field: "cadenceMinutes", message: "must be a whole number" },
  ]);
  assert.deepEqual(faults.nodes.get("asset-1"), [
    { field: "", message: "BTC is fed by no data stream" },
    { field: "", message: "BTC leads to no trading prompt" },
  ]);
  assert.deepEqual(faults.nodes.get("asset-2"), [{ field: "", message: "uses 9 data links" }]);
  assert.equal(faults.edges.get("asset-1>prompt"), "repeats");
  assert.deepEqual(faults.general, ["holds no trading prompt"]);
});
