// What the canvas needs beside the document: places, sizes and the selection, kept while the document changes.

import { applyNodeChanges, type EdgeChange, type NodeChange } from "@xyflow/react";
import { useMemo, useRef, useState } from "react";
import type { GraphDocument } from "../graph/document.ts";
import type { Faults } from "../graph/faults.ts";
import { CLONE_ID, cloneEdges, type FlowNode, toFlowEdges, toFlowNodes, withClone } from "../graph/flow.ts";
import { arrange, CLONE_PLACE, type Point } from "../graph/layout.ts";

const NOTHING: ReadonlySet<string> = new Set();

export type Flow = ReturnType<typeof useFlow>;

export function useFlow(document: GraphDocument, faults: Faults, cloneName: string) {
  const [seen, setSeen] = useState({ document, faults, cloneName });
  const [placed, setPlaced] = useState(() => withClone(toFlowNodes(document, faults), cloneName));
  const [selected, setSelected] = useState(NOTHING);
  const [selectedEdges, setSelectedEdges] = useState(NOTHING);
  const dropped = useRef(new Map<string, Point>());
  if (seen.document !== document || seen.faults !== faults || seen.cloneName !== cloneName) {
    setSeen({ document, faults, cloneName });
    const fresh = toFlowNodes(document, faults, placed).map((node) => {
      const place = dropped.current.get(node.id);
      return place && !placed.some((one) => one.id === node.id) ? { ...node, position: place } : node;
    });
    setPlaced(withClone(fresh, cloneName, placed));
  }
  const nodes = useMemo(
    () => placed.map((node): FlowNode => ({ ...node, selected: selected.has(node.id) })),
    [placed, selected],
  );
  const edges = useMemo(
    () => [...toFlowEdges(document, faults, selectedEdges), ...cloneEdges(document)],
    [document, faults, selectedEdges],
  );
  return {
    nodes,
    edges,
    /** The one selected node that the document still holds. */
    current: selected.size === 1 ? document.nodes.find((node) => selected.has(node.id)) : undefined,
    select: (id: string) => {
      setSelected(id ? new Set([id]) : NOTHING);
      setSelectedEdges(NOTHING);
    },
    /** Say where a node that comes next shall stand. */
    put: (id: string, place: Point) => dropped.current.set(id, place),
    moveNodes: (changes: NodeChange<FlowNode>[]) => {
      const drawn = changes.filter((change) => change.type === "position" || change.type === "dimensions");
      if (drawn.length) setPlaced((before) => applyNodeChanges(drawn, before));
      setSelected((before) => reselect(before, changes));
    },
    markEdges: (changes: EdgeChange[]) => setSelectedEdges((before) => reselect(before, changes)),
    tidy: () => {
      const places = arrange(document).set(CLONE_ID, CLONE_PLACE);
      setPlaced((before) =>
        before.map((node) => ({ ...node, position: places.get(node.id) ?? node.position })),
      );
    },
  };
}

function reselect(
  before: ReadonlySet<string>,
  changes: readonly (NodeChange<FlowNode> | EdgeChange)[],
): ReadonlySet<string> {
  const after = new Set(before);
  for (const change of changes) {
    if (change.type === "select" && change.selected) after.add(change.id);
    else if (change.type === "select" || change.type === "remove") after.delete(change.id);
  }
  return after.size === before.size && [...after].every((id) => before.has(id)) ? before : after;
}
