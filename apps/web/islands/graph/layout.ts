// Where nodes stand: one column per kind from left to right, each node near the middle of what it is joined to.

import { type GraphDocument, type GraphNode, KINDS } from "./document.ts";

export interface Point {
  x: number;
  y: number;
}

export const COLUMN = 272;
export const ROW = 124;
/** Where the clone's block stands: right of the prompts, in their middle. */
export const CLONE_PLACE: Point = { x: COLUMN * KINDS.length, y: 0 };

const SWEEPS = 6;
/** An asset stands with those of its prompt rather than with those of its data. */
const PROMPTS_PULL = 3;

/** A place for every node; the same document always gives the same places, and no two of them overlap. */
export function arrange(document: GraphDocument): Map<string, Point> {
  const columns = ordered(document);
  const places = new Map<string, Point>();
  columns.forEach((column, index) => {
    const top = (-(column.length - 1) * ROW) / 2;
    column.forEach((node, row) => {
      places.set(node.id, { x: index * COLUMN, y: top + row * ROW });
    });
  });
  return places;
}

/** The columns in an order with few crossing edges: each pass moves nodes towards the mean of their neighbours. */
function ordered(document: GraphDocument): GraphNode[][] {
  const columns = KINDS.map((kind) => document.nodes.filter((node) => node.kind === kind));
  const heights = new Map<string, number>();
  for (const column of columns) stand(column, heights);
  const pulls = pullsOf(document);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const column of columns) {
      const wanted = new Map(column.map((node) => [node.id, meanOf(pulls.get(node.id) ?? [], heights)]));
      const at = (node: GraphNode) => wanted.get(node.id) ?? heights.get(node.id) ?? 0;
      column.sort((a, b) => at(a) - at(b));
      stand(column, heights);
    }
  }
  return columns;
}

/** Note how high each node of a column stands, from 0 to 1. */
function stand(column: readonly GraphNode[], heights: Map<string, number>): void {
  for (const [row, node] of column.entries()) heights.set(node.id, (row + 0.5) / column.length);
}

interface Pull {
  id: string;
  weight: number;
}

function pullsOf(document: GraphDocument): Map<string, Pull[]> {
  const kinds = new Map(document.nodes.map((node) => [node.id, node.kind]));
  const pulls = new Map<string, Pull[]>();
  for (const { from, to } of document.edges) {
    const weight = kinds.get(to) === "trading_prompt" ? PROMPTS_PULL : 1;
    pulls.set(from, [...(pulls.get(from) ?? []), { id: to, weight }]);
    pulls.set(to, [...(pulls.get(to) ?? []), { id: from, weight: 1 }]);
  }
  return pulls;
}

function meanOf(pulls: readonly Pull[], heights: ReadonlyMap<string, number>): number | undefined {
  let [sum, weights] = [0, 0];
  for (const { id, weight } of pulls) {
    const height = heights.get(id);
    if (height === undefined) continue;
    sum += height * weight;
    weights += weight;
  }
  return weights ? sum / weights : undefined;
}
