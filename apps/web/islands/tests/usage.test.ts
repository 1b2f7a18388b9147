import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphDocument } from "../graph/document.ts";
import { NO_FAULTS } from "../graph/faults.ts";
import { cloneEdges, toDocument, toFlowEdges, toFlowNodes, withClone } from "../graph/flow.ts";
import { usage } from "../graph/usage.ts";
import { SOUND } from "./documents.ts";

const CUSTOM: GraphDocument = {
  nodes: [
    { id: "fast", kind: "data_stream", stream: "fast" },
    { id: "price", kind: "data_stream", stream: "mark_price" },
    { id: "book", kind: "data_stream", stream: "order_book", mode: "off" },
    { id: "btc", kind: "asset", symbol: "BTC" },
    { id: "eth", kind: "asset", symbol: "ETH" },
    { id: "off", kind: "asset", symbol: "SOL", active: false },
    { id: "one", kind: "trading_prompt", engine: "noop", cadenceMinutes: 5, wakes: { stopHit: true } },
    {
      id: "two",
      kind: "trading_prompt",
      engine: "noop",
      cadenceMinutes: 5,
      enabled: false,
      wakes: { priceMoveBps: 300 },
    },
  ],
  edges: [
    { from: "fast", to: "btc" },
    { from: "price", to: "btc" },
    { from: "book", to: "btc" },
    { from: "price", to: "eth" },
    { from: "fast", to: "off" },
  ],
};

test("links are counted after expansion, once a stream, without what is off", () => {
  assert.deepEqual(usage(CUSTOM), {
    activeAssets: 2,
    enabledPrompts: 1,
    linksPerAsset: 3,
    linksInAll: 4,
    wakingPrompts: 1,
  });
  assert.deepEqual(usage({ nodes: [], edges: [] }), {
    activeAssets: 0,
    enabledPrompts: 0,
    linksPerAsset: 0,
    linksInAll: 0,
    wakingPrompts: 0,
  });
});

test("the clone's block is drawn and never part of the document", () => {
  const nodes = withClone(toFlowNodes(SOUND, NO_FAULTS), "Momentum");
  const edges = [...toFlowEdges(SOUND, NO_FAULTS, new Set()), ...cloneEdges(SOUND)];
  assert.equal(nodes.length, SOUND.nodes.length + 1);
  assert.equal(edges.length, SOUND.edges.length + 1);
  assert.deepEqual(toDocument(nodes, edges), SOUND);
});
