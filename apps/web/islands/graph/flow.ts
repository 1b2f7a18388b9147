// Between a document and what React Flow draws; only places, sizes and the selection live outside the document.

import type { Edge, Node } from "@xyflow/react";
import type { GraphDocument, GraphNode } from "./document.ts";
import { edgeKey, type Fault, type Faults } from "./faults.ts";
import { arrange, CLONE_PLACE, type Point } from "./layout.ts";
import { streamsOf } from "./presets.ts";

/** The clone at the end of every path: drawn, never part of the document. */
export interface CloneBlock {
  id: string;
  kind: "trading_clone";
  name: string;
}

export interface CardData extends Record<string, unknown> {
  node: GraphNode | CloneBlock;
  faults: readonly Fault[];
  links: number;
}
export type FlowNode = Node<CardData>;
export const CLONE_ID = "the clone"; // no node of a document can be called so: an id has no spaces

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
    const links = node.kind === "asset" ? linksOf(document, node.id) : 0;
    const data: CardData = { node, faults: faults.nodes.get(node.id) ?? [], links };
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

/** The nodes with the clone's block at their end. */
export function withClone(
  nodes: readonly FlowNode[],
  name: string,
  previous: readonly FlowNode[] = [],
): FlowNode[] {
  const before = previous.find((node) => node.id === CLONE_ID);
  const data: CardData = { node: { id: CLONE_ID, kind: "trading_clone", name }, faults: [], links: 0 };
  const ends = { deletable: false, selectable: false, focusable: false, connectable: false };
  const block: FlowNode = {
    ...before,
    ...ends,
    id: CLONE_ID,
    type: "trading_clone",
    data,
    position: before?.position ?? CLONE_PLACE,
  };
  return [...nodes, block];
}

/** The lines from every prompt to the clone's block. */
export function cloneEdges(document: GraphDocument): Edge[] {
  return document.nodes.flatMap((node) => {
    if (node.kind !== "trading_prompt") return [];
    const ends = { deletable: false, selectable: false, focusable: false };
    const className = node.enabled === false ? "implied paused" : "implied";
    return [{ ...ends, id: edgeKey(node.id, CLONE_ID), source: node.id, target: CLONE_ID, className }];
  });
}

/** How many data links an asset has after expansion: streams that are not off, each counted once. */
export function linksOf(document: GraphDocument, id: string): number {
  const feeders = new Set(document.edges.filter((edge) => edge.to === id).map((edge) => edge.from));
  const streams = document.nodes.flatMap((node) =>
    node.kind === "data_stream" && node.mode !== "off" && feeders.has(node.id) ? streamsOf(node.stream) : [],
  );
  return new Set(streams).size;
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
  const ids = new Set(nodes.flatMap((node) => (node.id === CLONE_ID ? [] : [node.id])));
  return {
    nodes: nodes.flatMap(({ data: { node } }) => (node.kind === "trading_clone" ? [] : [node])),
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
