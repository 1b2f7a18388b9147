// The graph as a drawing: blocks to move, dots to join, and a place to drop blocks on.

import {
  Background,
  type Connection,
  Controls,
  type FinalConnectionState,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { GraphDocument } from "../graph/document.ts";
import type { FlowNode } from "../graph/flow.ts";
import type { Point } from "../graph/layout.ts";
import type { Preset } from "../graph/presets.ts";
import { refusal } from "../graph/rules.ts";
import { Card } from "./Card.tsx";
import { DRAGGED } from "./Palette.tsx";
import type { Flow } from "./useFlow.ts";

interface Props {
  document: GraphDocument;
  flow: Flow;
  readonly: boolean;
  shown: string;
  tidied: number;
  onConnect: (from: string, to: string) => void;
  onDelete: (nodes: readonly string[], edges: readonly (readonly [string, string])[]) => void;
  onDrop: (preset: Preset, place: Point) => void;
  onNotice: (words: string) => void;
}

const NODE_TYPES = { data_stream: Card, asset: Card, trading_prompt: Card, trading_clone: Card };
const DELETE_KEYS = ["Delete", "Backspace"];
const FIT = { padding: 0.06, maxZoom: 1 };

export function Canvas({ document, flow, readonly, shown, tidied, ...act }: Props): ReactNode {
  const [canvas, setCanvas] = useState<ReactFlowInstance<FlowNode> | null>(null);
  const frame = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!canvas || !frame.current) return;
    const watch = new ResizeObserver(() => void canvas.fitView(FIT));
    watch.observe(frame.current);
    return () => watch.disconnect();
  }, [canvas]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: every tidying fits once more
  useEffect(() => {
    const asked = requestAnimationFrame(() => void canvas?.fitView(FIT));
    return () => cancelAnimationFrame(asked);
  }, [canvas, tidied]);

  useEffect(() => {
    if (!canvas || !shown) return;
    // A block that was just added has no size before the next frame.
    const asked = requestAnimationFrame(() => void bring(canvas, shown, frame.current));
    return () => cancelAnimationFrame(asked);
  }, [canvas, shown]);

  const explain = (_: unknown, { fromNode, fromHandle, toNode, isValid }: FinalConnectionState) => {
    if (isValid || !fromNode || !toNode) return act.onNotice("");
    const [from, to] = fromHandle?.type === "target" ? [toNode.id, fromNode.id] : [fromNode.id, toNode.id];
    act.onNotice(refusal(document, from, to) ?? "");
  };
  const drop = (event: DragEvent) => {
    const held = event.dataTransfer.getData(DRAGGED);
    if (!held || !canvas) return;
    event.preventDefault();
    const place = canvas.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    act.onDrop(JSON.parse(held) as Preset, { x: place.x - 100, y: place.y - 36 });
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has its equal in the palette's buttons
    <div
      className="sg-canvas"
      ref={frame}
      onDragOver={(event) => event.dataTransfer.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={drop}
    >
      <ReactFlow
        nodes={flow.nodes}
        edges={flow.edges}
        nodeTypes={NODE_TYPES}
        colorMode="dark"
        nodesConnectable={!readonly}
        edgesReconnectable={false}
        deleteKeyCode={readonly ? null : DELETE_KEYS}
        isValidConnection={({ source, target }) => refusal(document, source, target) === null}
        onInit={setCanvas}
        onNodesChange={flow.moveNodes}
        onEdgesChange={flow.markEdges}
        onConnect={({ source, target }: Connection) => act.onConnect(source, target)}
        onConnectEnd={explain}
        onDelete={({ nodes, edges }) =>
          act.onDelete(
            nodes.map((node) => node.id),
            edges.map((edge) => [edge.source, edge.target] as const),
          )
        }
        fitView
        fitViewOptions={FIT}
        minZoom={0.25}
        zoomOnScroll={false}
        preventScrolling={false}
        connectionRadius={28}
      >
        <Background gap={22} />
        <Controls showInteractive={false} fitViewOptions={FIT} />
      </ReactFlow>
    </div>
  );
}

/** Move the view as far as a block needs to be seen, and no further. */
async function bring(
  canvas: ReactFlowInstance<FlowNode>,
  id: string,
  frame: HTMLElement | null,
): Promise<void> {
  const node = canvas.getNode(id);
  if (!node || !frame) return;
  const { x, y, zoom } = canvas.getViewport();
  const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
  const inside =
    left > 0 && top > 0 && left + 200 * zoom < frame.clientWidth && top + 90 * zoom < frame.clientHeight;
  if (!inside) await canvas.setCenter(node.position.x + 100, node.position.y + 40, { zoom });
}
