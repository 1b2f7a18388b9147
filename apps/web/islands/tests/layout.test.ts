import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphDocument } from "../graph/document.ts";
import { arrange } from "../graph/layout.ts";
import { SOUND } from "./documents.ts";

const SHUFFLED: GraphDocument = {
  nodes: [
    { id: "late", kind: "data_stream", stream: "deep" },
    { id: "early", kind: "data_stream", stream: "fast" },
    ...["a", "b", "c", "d"].map((id) => ({ id, kind: "asset" as const, symbol: id })),
    { id: "first", kind: "trading_prompt", engine: "noop", cadenceMinutes: 5 },
    { id: "second", kind: "trading_prompt", engine: "noop", cadenceMinutes: 5 },
  ],
  edges: [
    { from: "a", to: "first" },
    { from: "c", to: "first" },
    { from: "b", to: "second" },
    { from: "d", to: "second" },
    { from: "early", to: "a" },
    { from: "early", to: "c" },
    { from: "late", to: "b" },
    { from: "late", to: "d" },
  ],
};

function crossings(document: GraphDocument): number {
  const places = arrange(document);
  const y = (id: string) => places.get(id)?.y ?? 0;
  const column = (id: string) => places.get(id)?.x ?? 0;
  let found = 0;
  for (const one of document.edges) {
    for (const other of document.edges) {
      const together = column(one.from) === column(other.from);
      if (together && y(one.from) < y(other.from) && y(one.to) > y(other.to)) found += 1;
    }
  }
  return found;
}

test("assets stand with those of their prompt, and no edge crosses where none must", () => {
  assert.equal(crossings(SHUFFLED), 0);
  assert.equal(crossings(SOUND), 0);
});

test("the same document is always arranged alike", () => {
  assert.deepEqual(arrange(SHUFFLED), arrange(JSON.parse(JSON.stringify(SHUFFLED)) as GraphDocument));
});

test("a node without edges has a place of its own", () => {
  const lonely: GraphDocument = {
    nodes: [...SHUFFLED.nodes, { id: "alone", kind: "asset", symbol: "X" }],
    edges: SHUFFLED.edges,
  };
  const places = [...arrange(lonely).values()].map(({ x, y }) => `${x},${y}`);
  assert.equal(new Set(places).size, lonely.nodes.length);
});
