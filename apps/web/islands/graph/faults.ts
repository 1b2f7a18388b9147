// The compiler names a fault by its path; the editor shows it at the node, the field or the edge it belongs to.

import catalogue from "./catalogue.json" with { type: "json" };
import { type GraphDocument, type GraphEdge, type GraphNode, spelt } from "./document.ts";

const STREAMS: Readonly<Record<string, string>> = catalogue.streams;

export interface Fault {
  field: string;
  message: string;
}

/** A fault as the compiler names it. */
export interface Complaint {
  path: string;
  message: string;
}

/** A part of a document that a path names: a node with one of its fields, an edge, or neither. */
export interface Place {
  node?: GraphNode;
  edge?: GraphEdge;
  field: string;
}

export interface Faults {
  nodes: ReadonlyMap<string, readonly Fault[]>;
  edges: ReadonlyMap<string, string>;
  general: readonly string[];
}

export const NO_FAULTS: Faults = { nodes: new Map(), edges: new Map(), general: [] };

export function edgeKey(from: string, to: string): string {
  return `${from}>${to}`;
}

/** Sort complaints onto the parts of `document`; none is dropped. */
export function locate(document: GraphDocument, complaints: readonly Complaint[]): Faults {
  const nodes = new Map<string, Fault[]>();
  const edges = new Map<string, string>();
  const general: string[] = [];
  for (const { path, message } of complaints) {
    const { node, edge, field } = placeOf(document, path);
    if (node)
      nodes.set(node.id, [...(nodes.get(node.id) ?? []), { field, message: plain(document, message) }]);
    else if (edge) {
      const key = edgeKey(edge.from, edge.to);
      edges.set(key, [edges.get(key), message].filter(Boolean).join("; "));
    } else general.push(plain(document, message));
  }
  return { nodes, edges, general };
}

/** The part of the document at a path such as `nodes[3].cadenceMinutes`, `edges[2]` or `assets[BTC]`. */
export function placeOf(document: GraphDocument, path: string): Place {
  const found = /^(nodes|edges|assets)\[([^\]]+)\](?:\.(\w+)(?:\.\w+)*)?$/.exec(path);
  const [, part, key = "", field = ""] = found ?? [];
  const edge = part === "edges" ? document.edges[Number(key)] : undefined;
  if (edge) return { edge, field };
  const node =
    part === "nodes"
      ? document.nodes[Number(key)]
      : document.nodes.find((one) => part === "assets" && one.kind === "asset" && one.symbol === key);
  return node ? { node, field } : { field };
}

/** The compiler's sentence with the names that people see in the place of ids: "'asset-1' leads to …" is about BTC. */
export function plain(document: GraphDocument, message: string): string {
  const spoken = message.replace(/'([A-Za-z0-9_-]{1,40})'/g, (quoted, id: string) => {
    const node = document.nodes.find((one) => one.id === id);
    return node ? title(node) : quoted;
  });
  return spoken.replaceAll("data_stream", "data stream").replaceAll("trading_prompt", "trading prompt");
}

/** What people call a block. */
export function title(node: GraphNode): string {
  switch (node.kind) {
    case "data_stream":
      return STREAMS[node.stream] ?? spelt(node.stream);
    case "asset":
      return node.symbol || "Asset without a symbol";
    case "trading_prompt":
      return node.name || "Prompt without a name";
  }
}
