import assert from "node:assert/strict";
import { test } from "node:test";
import { addNode, connect, disconnect, removeNodes, replaceNode } from "../graph/edit.ts";
import { locate } from "../graph/faults.ts";
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

test("a new node has a free id, and a new asset a symbol that is not taken", () => {
  const made = addNode(SOUND, "asset", ["BTC", "ETH", "SOL"]);
  assert.deepEqual(made?.node, { id: "asset-3", kind: "asset", symbol: "SOL", active: true });
  assert.equal(made?.document.nodes.length, 5);
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

test("faults are found by their paths", () => {
  const faults = locate(SOUND, {
    "nodes[3].cadenceMinutes": "must be a whole number",
    "nodes[1]": "is fed by no data stream",
    "edges[2]": "repeats",
    "assets[ETH]": "uses 9 data links",
    nodes: "holds no asset",
  });
  assert.deepEqual(faults.nodes.get("prompt"), [
    { field: "cadenceMinutes", message: "must be a whole number" },
  ]);
  assert.deepEqual(faults.nodes.get("asset-1"), [{ field: "", message: "is fed by no data stream" }]);
  assert.deepEqual(faults.nodes.get("asset-2"), [{ field: "", message: "uses 9 data links" }]);
  assert.equal(faults.edges.get("asset-1>prompt"), "repeats");
  assert.deepEqual(faults.general, ["holds no asset"]);
});
