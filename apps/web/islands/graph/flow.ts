// Between a document and what React Flow draws; only places, sizes and the selection live outside the document.

import type { Edge, Node } from "@xyflow/react";
import type { GraphDocument, GraphNode } from "./document.ts";
import { edgeKey, type Fault, type Faults } from "./faults.ts";
import { arrange, type Point } from "./layout.ts";

export interface CardData extends Record<string, unknown> {
  node: GraphNode;
  faults: readonly Fault[];
}
export type FlowNode = Node<CardData>;

/** The nodes to draw: what is known of a node's place, size and selection is kept, a new node is placed. */
export function toFlowNodes(
  document: GraphDocument,
  faults: Faults,
  previous: readonly FlowNode[] = [],
): FlowNode[] {
  const known = new Map(previous.map((node) => [node.id, node]));
  const places = arrange(document);
  return document.nodes.map((node) => {
    const before = known.get(node.id);
    const data: CardData = { node, faults: faults.nodes.get(node.id) ?? [] };
    return {
      ...before,
      id: node.id,
      type: node.kind,
      data,
      position: before?.position ?? freePlace(places.get(node.id) ?? { x: 0, y: 0 }, previous),
      ariaLabel: describe(node),
    };
  });
}

export function toFlowEdges(document: GraphDocument, faults: Faults, selected: ReadonlySet<string>): Edge[] {
  return document.edges.map(({ from, to }) => {
    const id = edgeKey(from, to);
    const fault = faults.edges.get(id);
    const edge: Edge = { id, source: from, target: to, selected: selected.has(id) };
    return fault ? { ...edge, className: "faulty", label: fault } : edge;
  });
}

/** The document that is drawn: its nodes in their order, and the edges between nodes that exist. */
export function toDocument(nodes: readonly FlowNode[], edges: readonly Edge[]): GraphDocument {
  const ids = new Set(nodes.map((node) => node.id));
  return {
    nodes: nodes.map((node) => node.data.node),
    edges: edges
      .filter((edge) => ids.has(edge.source) && ids.has(edge.target))
      .map((edge) => ({ from: edge.source, to: edge.target })),
  };
}

/** What a node is, in one line. */
export function describe(node: GraphNode): string {
  switch (node.kind) {
    case "data_stream":
      return `Data stream ${node.stream}, ${node.mode ?? "auto"}`;
    case "asset":
      return `Asset ${node.symbol}${node.active === false ? ", not traded" : ""}`;
    case "trading_prompt":
      return `Trading prompt ${node.name ?? "Prompt"}, every ${node.cadenceMinutes} minutes${node.enabled === false ? ", paused" : ""}`;
  }
}

function freePlace(wanted: Point, others: readonly FlowNode[]): Point {
  const place = { ...wanted };
  while (others.some(({ position: p }) => Math.abs(p.x - place.x) < 220 && Math.abs(p.y - place.y) < 90))
    place.y += 100;
  return place;
}
