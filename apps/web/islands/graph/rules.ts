// Which node may lead to which: the rules of the compiler, applied before an edge exists.

import catalogue from "./catalogue.json" with { type: "json" };
import type { GraphDocument, GraphNode, Kind } from "./document.ts";

const NEXT: Readonly<Partial<Record<Kind, string>>> = catalogue.nextKind;

/** Why `from` may not be joined to `to`, in words; null where it may. */
export function refusal(document: GraphDocument, from: string, to: string): string | null {
  const source = find(document, from);
  const target = find(document, to);
  if (!source || !target) return "That node does not exist.";
  if (from === to) return "A node cannot lead to itself.";
  if (NEXT[source.kind] !== target.kind) {
    return `A ${words(source.kind)} may not lead to a ${words(target.kind)}.`;
  }
  if (document.edges.some((edge) => edge.from === from && edge.to === to)) return "They are joined already.";
  if (document.edges.length >= catalogue.limits.edges) return "The graph is full.";
  return null;
}

/** The nodes that `id` leads to or could lead to, in the document's order. */
export function targetsOf(document: GraphDocument, id: string): GraphNode[] {
  const kind = find(document, id)?.kind;
  const next = kind && NEXT[kind];
  return next ? document.nodes.filter((node) => node.kind === next) : [];
}

/** The nodes that lead to `id` or could lead to it, in the document's order. */
export function sourcesOf(document: GraphDocument, id: string): GraphNode[] {
  const kind = find(document, id)?.kind;
  return kind ? document.nodes.filter((node) => NEXT[node.kind] === kind) : [];
}

export function find(document: GraphDocument, id: string): GraphNode | undefined {
  return document.nodes.find((node) => node.id === id);
}

function words(kind: Kind): string {
  return kind.replace("_", " ");
}
