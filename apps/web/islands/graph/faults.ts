// The compiler names a fault by its path; the editor shows it at the node, the field or the edge it belongs to.

import type { GraphDocument } from "./document.ts";

export interface Fault {
  field: string;
  message: string;
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

/** Sort `errors` (path -> message, as in `nodes[3].cadenceMinutes`) onto the parts of `document`. */
export function locate(document: GraphDocument, errors: Readonly<Record<string, string>>): Faults {
  const nodes = new Map<string, Fault[]>();
  const edges = new Map<string, string>();
  const general: string[] = [];
  for (const [path, message] of Object.entries(errors)) {
    const found = /^(nodes|edges|assets)\[([^\]]+)\](?:\.(\w+))?$/.exec(path);
    const [, part, key = "", field = ""] = found ?? [];
    const edge = part === "edges" ? document.edges[Number(key)] : undefined;
    const node =
      part === "nodes"
        ? document.nodes[Number(key)]
        : document.nodes.find((one) => part === "assets" && one.kind === "asset" && one.symbol === key);
    if (node) nodes.set(node.id, [...(nodes.get(node.id) ?? []), { field, message }]);
    else if (edge) edges.set(edgeKey(edge.from, edge.to), message);
    else general.push(message);
  }
  return { nodes, edges, general };
}
