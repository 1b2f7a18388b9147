// Every change of a document, as functions from one document to the next.

import catalogue from "./catalogue.json" with { type: "json" };
import type { GraphDocument, GraphNode, Kind } from "./document.ts";
import { refusal } from "./rules.ts";

const ID_STEMS: Readonly<Record<Kind, string>> = {
  data_stream: "data",
  asset: "asset",
  trading_prompt: "prompt",
};

/** A new node with a free id and, of `symbols`, the first free one, and the document with it; null when full. */
export function addNode(
  document: GraphDocument,
  kind: Kind,
  symbols: readonly string[] = [],
): { document: GraphDocument; node: GraphNode } | null {
  if (document.nodes.length >= catalogue.limits.nodes) return null;
  const node = fresh(kind, freeId(document, ID_STEMS[kind]), freeSymbol(document, symbols));
  return { document: { ...document, nodes: [...document.nodes, node] }, node };
}

/** The document without these nodes and without every edge that touches them. */
export function removeNodes(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  return {
    nodes: document.nodes.filter((node) => !ids.has(node.id)),
    edges: document.edges.filter((edge) => !ids.has(edge.from) && !ids.has(edge.to)),
  };
}

/** The document with one more edge; the same document where the rules refuse it. */
export function connect(document: GraphDocument, from: string, to: string): GraphDocument {
  if (refusal(document, from, to) !== null) return document;
  return { ...document, edges: [...document.edges, { from, to }] };
}

export function disconnect(document: GraphDocument, from: string, to: string): GraphDocument {
  return { ...document, edges: document.edges.filter((edge) => edge.from !== from || edge.to !== to) };
}

/** The document with one node replaced by another of the same id. */
export function replaceNode(document: GraphDocument, changed: GraphNode): GraphDocument {
  return { ...document, nodes: document.nodes.map((node) => (node.id === changed.id ? changed : node)) };
}

function fresh(kind: Kind, id: string, symbol: string): GraphNode {
  switch (kind) {
    case "data_stream":
      return { id, kind, stream: "fast", mode: "auto" };
    case "asset":
      return { id, kind, symbol, active: true };
    case "trading_prompt":
      return {
        id,
        kind,
        name: "Trader",
        engine: "rules",
        strategy: "trend",
        cadenceMinutes: 5,
        enabled: true,
        behaviour: "",
      };
  }
}

function freeId(document: GraphDocument, stem: string): string {
  const taken = new Set(document.nodes.map((node) => node.id));
  for (let number = 1; ; number += 1) {
    if (!taken.has(`${stem}-${number}`)) return `${stem}-${number}`;
  }
}

function freeSymbol(document: GraphDocument, symbols: readonly string[]): string {
  const taken = new Set(document.nodes.map((node) => (node.kind === "asset" ? node.symbol : "")));
  return symbols.find((symbol) => !taken.has(symbol)) ?? "";
}
