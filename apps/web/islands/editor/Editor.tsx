// The whole editor: toolbar, canvas and inspector around one document that its owner keeps.

import {
  Background,
  Controls,
  type FinalConnectionState,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { GraphDocument, Kind } from "../graph/document.ts";
import { addNode, connect, disconnect, removeNodes, replaceNode } from "../graph/edit.ts";
import type { Faults } from "../graph/faults.ts";
import type { FlowNode } from "../graph/flow.ts";
import { refusal } from "../graph/rules.ts";
import { Card } from "./Card.tsx";
import { Inspector } from "./Inspector.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useFlow } from "./useFlow.ts";

export interface EditorProps {
  document: GraphDocument;
  faults: Faults;
  symbols: readonly string[];
  readonly: boolean;
  edit: (change: (document: GraphDocument) => GraphDocument) => void;
}

const NODE_TYPES = { data_stream: Card, asset: Card, trading_prompt: Card };
const DELETE_KEYS = ["Delete", "Backspace"];
const FIT = { padding: 0.15, maxZoom: 1 };

export function Editor({ document, faults, symbols, readonly, edit }: EditorProps): ReactNode {
  const flow = useFlow(document, faults);
  const [canvas, setCanvas] = useState<ReactFlowInstance<FlowNode> | null>(null);
  const [notice, setNotice] = useState("");
  const [added, setAdded] = useState("");
  const frame = useRef<HTMLDivElement>(null);
  const node = flow.current;

  useEffect(() => {
    if (!canvas || !frame.current) return;
    const watch = new ResizeObserver(() => void canvas.fitView(FIT));
    watch.observe(frame.current);
    return () => watch.disconnect();
  }, [canvas]);

  const add = (kind: Kind) => {
    const made = addNode(document, kind, symbols);
    if (!made) return setNotice("The graph is full.");
    edit(() => made.document);
    setAdded(made.node.id);
    flow.select(made.node.id);
    setNotice("");
  };
  const tidy = () => {
    flow.tidy();
    requestAnimationFrame(() => void canvas?.fitView(FIT));
  };
  const explain = (_: unknown, { fromNode, fromHandle, toNode, isValid }: FinalConnectionState) => {
    if (isValid || !fromNode || !toNode) return setNotice("");
    const [from, to] = fromHandle?.type === "target" ? [toNode.id, fromNode.id] : [fromNode.id, toNode.id];
    setNotice(refusal(document, from, to) ?? "");
  };

  return (
    <div className="sg">
      {!readonly && <Toolbar onAdd={add} onArrange={tidy} />}
      <div className="sg-canvas" ref={frame}>
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
          onConnect={({ source, target }) => edit((before) => connect(before, source, target))}
          onConnectEnd={explain}
          onDelete={(gone) => edit((before) => withoutAll(before, gone))}
          fitView
          fitViewOptions={FIT}
          minZoom={0.3}
          zoomOnScroll={false}
          preventScrolling={false}
        >
          <Background />
          <Controls showInteractive={false} fitViewOptions={FIT} />
        </ReactFlow>
      </div>
      {node ? (
        <Inspector
          key={node.id}
          document={document}
          node={node}
          faults={faults.nodes.get(node.id) ?? []}
          symbols={symbols}
          readonly={readonly}
          takeFocus={node.id === added}
          onFocused={() => setAdded("")}
          onChange={(changed) => edit((before) => replaceNode(before, changed))}
          onLink={(to, joined) => edit((before) => (joined ? connect : disconnect)(before, node.id, to))}
          onRemove={() => edit((before) => removeNodes(before, new Set([node.id])))}
        />
      ) : (
        <p className="sg-hint">
          {readonly
            ? "Choose a node to read it."
            : "Choose a node to change it, or drag from one node's dot to another's to join them."}
        </p>
      )}
      <p className="sg-notice" role="status">
        {[notice, ...faults.general].filter(Boolean).join(" ")}
      </p>
    </div>
  );
}

interface Gone {
  nodes: readonly { id: string }[];
  edges: readonly { source: string; target: string }[];
}

function withoutAll(document: GraphDocument, gone: Gone): GraphDocument {
  const left = gone.edges.reduce((before, edge) => disconnect(before, edge.source, edge.target), document);
  return removeNodes(left, new Set(gone.nodes.map((node) => node.id)));
}
