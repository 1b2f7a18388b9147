// One node on the canvas: its kind, what it says, its first fault, and the handles its kind allows.

import { Handle, type NodeProps, Position } from "@xyflow/react";
import type { ReactNode } from "react";
import catalogue from "../graph/catalogue.json" with { type: "json" };
import { type GraphNode, KIND_WORDS } from "../graph/document.ts";
import type { FlowNode } from "../graph/flow.ts";

const STREAMS: Readonly<Record<string, string>> = catalogue.streams;

export function Card({ data, isConnectable }: NodeProps<FlowNode>): ReactNode {
  const { node, faults } = data;
  const first = faults[0];
  return (
    <div
      className="sg-card"
      data-kind={node.kind}
      data-faulty={first ? "" : undefined}
      data-off={isOff(node) ? "" : undefined}
    >
      {node.kind !== "data_stream" && (
        <Handle type="target" position={Position.Left} isConnectable={isConnectable} />
      )}
      <small>{KIND_WORDS[node.kind]}</small>
      <b>{title(node)}</b>
      <span>{detail(node)}</span>
      {first && <em>{first.message}</em>}
      {node.kind !== "trading_prompt" && (
        <Handle type="source" position={Position.Right} isConnectable={isConnectable} />
      )}
    </div>
  );
}

export function title(node: GraphNode): string {
  switch (node.kind) {
    case "data_stream":
      return STREAMS[node.stream] ?? node.stream;
    case "asset":
      return node.symbol || "Choose a symbol";
    case "trading_prompt":
      return node.name ?? "Prompt";
  }
}

function detail(node: GraphNode): string {
  switch (node.kind) {
    case "data_stream":
      return node.mode ?? "auto";
    case "asset":
      return node.active === false ? "not traded" : "active";
    case "trading_prompt":
      return `${node.engine} · every ${node.cadenceMinutes} min`;
  }
}

function isOff(node: GraphNode): boolean {
  if (node.kind === "data_stream") return node.mode === "off";
  return node.kind === "asset" ? node.active === false : node.enabled === false;
}
