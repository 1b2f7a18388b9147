// One block on the canvas: its kind, what it says, its faults, and the handles its kind allows.

import { Handle, type NodeProps, Position } from "@xyflow/react";
import type { ReactNode } from "react";
import { KIND_WORDS } from "../graph/document.ts";
import { title } from "../graph/faults.ts";
import type { FlowNode } from "../graph/flow.ts";
import { detail, isOff, pill } from "../graph/wording.ts";
import { Icon } from "./Icon.tsx";

export function Card({ data, isConnectable }: NodeProps<FlowNode>): ReactNode {
  const { node, faults, links } = data;
  if (node.kind === "trading_clone") return <CloneCard name={node.name} />;
  const [first, ...more] = faults;
  const mark = pill(node);
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
      <small>
        <Icon kind={node.kind} />
        {KIND_WORDS[node.kind]}
        {mark && <i data-tone={mark.tone}>{mark.text}</i>}
      </small>
      <b>{title(node)}</b>
      <span>{detail(node, links)}</span>
      {first && (
        <em>
          {first.message}
          {more.length > 0 && ` (and ${more.length} more)`}
        </em>
      )}
      <Handle
        type="source"
        position={Position.Right}
        isConnectable={isConnectable && node.kind !== "trading_prompt"}
      />
    </div>
  );
}

function CloneCard({ name }: { name: string }): ReactNode {
  return (
    <div className="sg-card" data-kind="trading_clone">
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <small>
        <Icon kind="trading_clone" />
        Clone
      </small>
      <b>{name}</b>
      <span>trades what its prompts propose</span>
    </div>
  );
}
