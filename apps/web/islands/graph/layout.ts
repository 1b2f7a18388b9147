// Where nodes stand: one column per kind from left to right, each node near the middle of what feeds it.

import { type GraphDocument, KINDS } from "./document.ts";

export interface Point {
  x: number;
  y: number;
}

export const COLUMN = 272;
export const ROW = 124;
/** Where the clone's block stands: right of the prompts, in their middle. */
export const CLONE_PLACE: Point = { x: COLUMN * KINDS.length, y: 0 };

/** A place for every node; the same document always gives the same places, and no two of them overlap. */
export function arrange(document: GraphDocument): Map<string, Point> {
  const places = new Map<string, Point>();
  KINDS.forEach((kind, column) => {
    const members = document.nodes.filter((node) => node.kind === kind);
    const wanted = members.map((node, index) => ({
      id: node.id,
      index,
      y: middleOfFeeders(document, node.id, places),
    }));
    wanted.sort((a, b) => (a.y ?? Infinity) - (b.y ?? Infinity) || a.index - b.index);
    const top = (-(members.length - 1) * ROW) / 2;
    wanted.forEach(({ id }, row) => {
      places.set(id, { x: column * COLUMN, y: top + row * ROW });
    });
  });
  return places;
}

function middleOfFeeders(document: GraphDocument, id: string, places: Map<string, Point>): number | null {
  const heights = document.edges.flatMap((edge) => {
    const feeder = edge.to === id ? places.get(edge.from) : undefined;
    return feeder ? [feeder.y] : [];
  });
  return heights.length ? heights.reduce((sum, y) => sum + y, 0) / heights.length : null;
}
