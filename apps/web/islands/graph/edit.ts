// Every change of a document, as functions from one document to the next.

import catalogue from "./catalogue.json" with { type: "json" };
import type { GraphDocument, GraphNode, Kind } from "./document.ts";
import { refusal } from "./rules.ts";

const ID_STEMS: Readonly<Record<Kind, string>> = {
  data_stream: "data",
  asset: "asset",
  trading_prompt: "prompt",
};

/** A new node with a free id and the given fields, and the document with it; null when full. */
export function addNode(
  document: GraphDocument,
  kind: Kind,
  fields: Readonly<Record<string, string>> = {},
): { document: GraphDocument; node: GraphNode } | null {
  if (document.nodes.length >= catalogue.limits.nodes) return null;
  const node = { ...fresh(kind, freeId(document, ID_STEMS[kind])), ...fields };
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

/** A twin of a node with its edges, and the document with it; an asset's twin has no symbol. Null when full. */
export function duplicate(
  document: GraphDocument,
  id: string,
): { document: GraphDocument; node: GraphNode } | null {
  const source = document.nodes.find((one) => one.id === id);
  if (!source || document.nodes.length >= catalogue.limits.nodes) return null;
  const node = { ...source, id: freeId(document, ID_STEMS[source.kind]) };
  if (node.kind === "asset") node.symbol = "";
  const twins = document.edges.flatMap((edge) => {
    if (edge.from === id) return [{ ...edge, from: node.id }];
    return edge.to === id ? [{ ...edge, to: node.id }] : [];
  });
  // A second prompt over the same assets would claim them twice, so a prompt's twin begins without any.
  const edges = node.kind === "trading_prompt" ? [] : twins;
  return { document: { nodes: [...document.nodes, node], edges: [...document.edges, ...edges] }, node };
}

/** The document with one node replaced by another of the same id. */
export function replaceNode(document: GraphDocument, changed: GraphNode): GraphDocument {
  return { ...document, nodes: document.nodes.map((node) => (node.id === changed.id ? changed : node)) };
}

function fresh(kind: Kind, id: string): GraphNode {
  switch (kind) {
    case "data_stream":
      return { id, kind, stream: "fast", mode: "auto" };
    case "asset":
      return { id, kind, symbol: "", active: true };
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
