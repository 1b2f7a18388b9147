// What the canvas needs beside the document: places, sizes and the selection, kept while the document changes.

import { applyNodeChanges, type EdgeChange, type NodeChange } from "@xyflow/react";
import { useMemo, useState } from "react";
import type { GraphDocument } from "../graph/document.ts";
import type { Faults } from "../graph/faults.ts";
import { type FlowNode, toFlowEdges, toFlowNodes } from "../graph/flow.ts";
import { arrange } from "../graph/layout.ts";

const NOTHING: ReadonlySet<string> = new Set();

export function useFlow(document: GraphDocument, faults: Faults) {
  const [seen, setSeen] = useState({ document, faults });
  const [placed, setPlaced] = useState(() => toFlowNodes(document, faults));
  const [selected, setSelected] = useState(NOTHING);
  const [selectedEdges, setSelectedEdges] = useState(NOTHING);
  if (seen.document !== document || seen.faults !== faults) {
    setSeen({ document, faults });
    setPlaced(toFlowNodes(document, faults, placed));
  }
  const nodes = useMemo(
    () => placed.map((node): FlowNode => ({ ...node, selected: selected.has(node.id) })),
    [placed, selected],
  );
  const edges = useMemo(
    () => toFlowEdges(document, faults, selectedEdges),
    [document, faults, selectedEdges],
  );
  return {
    nodes,
    edges,
    /** The one selected node that the document still holds. */
    current: selected.size === 1 ? document.nodes.find((node) => selected.has(node.id)) : undefined,
    select: (id: string) => setSelected(new Set([id])),
    moveNodes: (changes: NodeChange<FlowNode>[]) => {
      const drawn = changes.filter((change) => change.type === "position" || change.type === "dimensions");
      if (drawn.length) setPlaced((before) => applyNodeChanges(drawn, before));
      setSelected((before) => reselect(before, changes));
    },
    markEdges: (changes: EdgeChange[]) => setSelectedEdges((before) => reselect(before, changes)),
    tidy: () => {
      const places = arrange(document);
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
