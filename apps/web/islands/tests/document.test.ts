import assert from "node:assert/strict";
import { test } from "node:test";
import { readDocument } from "../graph/document.ts";
import { NO_FAULTS } from "../graph/faults.ts";
import { toDocument, toFlowEdges, toFlowNodes } from "../graph/flow.ts";
import { arrange } from "../graph/layout.ts";
import { SOUND } from "./documents.ts";

test("a document survives the way to the canvas and back, field by field", () => {
  const document = readDocument(JSON.parse(JSON.stringify(SOUND)));
  const nodes = toFlowNodes(document, NO_FAULTS);
  assert.deepEqual(toDocument(nodes, toFlowEdges(document, NO_FAULTS, new Set())), SOUND);
});

test("places, sizes and the selection of known nodes outlive a change", () => {
  const before = toFlowNodes(SOUND, NO_FAULTS).map((node) => ({
    ...node,
    position: { x: 7, y: node.position.y },
    measured: { width: 200, height: 60 },
  }));
  const renamed = {
    ...SOUND,
    nodes: SOUND.nodes.map((node) => (node.kind === "asset" ? { ...node, symbol: "SOL" } : node)),
  };
  const after = toFlowNodes(renamed, NO_FAULTS, before);
  assert.deepEqual(
    after.map((node) => node.position.x),
    [7, 7, 7, 7],
  );
  assert.deepEqual(after[1]?.measured, { width: 200, height: 60 });
  assert.equal(after[1]?.data.node.kind === "asset" && after[1].data.node.symbol, "SOL");
});

test("no two nodes stand on one place, and kinds stand from left to right", () => {
  const places = arrange(SOUND);
  assert.equal(new Set([...places.values()].map(({ x, y }) => `${x},${y}`)).size, SOUND.nodes.length);
  const x = (id: string) => places.get(id)?.x ?? Number.NaN;
  assert.ok(x("data") < x("asset-1") && x("asset-1") < x("prompt"));
});

test("what is no document is refused with the place of the fault", () => {
  const wrong: [unknown, RegExp][] = [
    [null, /^document: must be an object/],
    [{ nodes: {}, edges: [] }, /^nodes: must be a list/],
    [{ nodes: [{ id: "a", kind: "robot" }], edges: [] }, /^nodes\[0\]\.kind: must be one of/],
    [{ nodes: [{ id: "a", kind: "asset", symbol: 3 }], edges: [] }, /^nodes\[0\]\.symbol: must be a text/],
    [
      { nodes: [{ id: "p", kind: "trading_prompt", engine: "noop", cadenceMinutes: 1.5 }], edges: [] },
      /cadenceMinutes/,
    ],
    [{ nodes: [], edges: [{ from: "a" }] }, /^edges\[0\]\.to: must be a text/],
  ];
  for (const [value, message] of wrong)
    assert.throws(() => readDocument(value), { name: "TypeError", message });
});
