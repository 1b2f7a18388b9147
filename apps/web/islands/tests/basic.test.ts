import assert from "node:assert/strict";
import { test } from "node:test";
import { shapeOf } from "../builder/basic.ts";
import type { GraphDocument, GraphNode } from "../graph/document.ts";
import { SOUND } from "./documents.ts";

const BASIC: GraphDocument = change("asset-2", { active: true });

function change(id: string, fields: Record<string, unknown>, document: GraphDocument = SOUND): GraphDocument {
  const nodes = document.nodes.map((node) => (node.id === id ? ({ ...node, ...fields } as GraphNode) : node));
  return { ...document, nodes };
}

function reason(document: GraphDocument): string {
  const shape = shapeOf(document);
  return "reason" in shape ? shape.reason : "";
}

test("a graph of basic shape gives its choices", () => {
  assert.deepEqual(shapeOf(BASIC), {
    choices: {
      assets: ["BTC", "ETH"],
      depth: "fast",
      engine: "rules",
      strategy: "trend",
      cadenceMinutes: 5,
      name: "Trader",
      behaviour: "",
      enabled: true,
      wakePriceMoveBps: 0,
      wakeStopHit: false,
      wakeNewMarket: false,
    },
  });
});

test("whatever Basic cannot show has a reason that names it", () => {
  assert.match(reason(SOUND), /ETH/);
  assert.match(reason(change("data", { stream: "funding" }, BASIC)), /by depth: Fast, Balanced, Deep/);
  assert.match(reason(change("data", { mode: "required" }, BASIC)), /Auto/);
  assert.match(reason({ ...BASIC, edges: BASIC.edges.slice(1) }), /BTC is not/);
  const more = { id: "more", kind: "data_stream" as const, stream: "deep" };
  assert.match(reason({ ...BASIC, nodes: [...BASIC.nodes, more] }), /one data stream; this graph has 2/);
  assert.match(reason({ nodes: [], edges: [] }), /has none/);
});

test("a paused clone is basic when everything is paused together", () => {
  const paused = change("prompt", { enabled: false }, change("asset-1", { active: false }));
  const shape = shapeOf(paused);
  assert.equal("choices" in shape && shape.choices.enabled, false);
});
