// The form of the chosen block: its fields, its neighbours (the keyboard's way to connect), its twin and its removal.

import { type ReactNode, useEffect, useRef } from "react";
import { type GraphDocument, type GraphNode, KIND_WORDS } from "../graph/document.ts";
import { type Fault, title } from "../graph/faults.ts";
import { sourcesOf, targetsOf } from "../graph/rules.ts";
import { FlagField } from "./fields.tsx";
import { Icon } from "./Icon.tsx";
import { NodeFields } from "./NodeFields.tsx";

interface Props {
  document: GraphDocument;
  node: GraphNode;
  faults: readonly Fault[];
  symbols: readonly string[];
  readonly: boolean;
  focus: string | null;
  onFocused: () => void;
  onChange: (node: GraphNode) => void;
  onLink: (from: string, to: string, joined: boolean) => void;
  onDuplicate: () => void;
  onRemove: () => void;
}

export function Inspector({ document, node, faults, symbols, readonly, focus, ...act }: Props): ReactNode {
  const form = useRef<HTMLElement>(null);
  const { onFocused } = act;
  useEffect(() => {
    if (focus === null) return;
    const wanted = focus && form.current?.querySelector<HTMLElement>(`[data-field="${focus}"]`);
    const first = wanted || form.current?.querySelector<HTMLElement>("select, input, textarea");
    first?.focus();
    form.current?.scrollIntoView({ block: "nearest" });
    onFocused();
  }, [focus, onFocused]);
  const general = faults.filter((fault) => fault.field === "");
  return (
    <section
      className="sg-inspector"
      data-kind={node.kind}
      aria-label={`${KIND_WORDS[node.kind]} ${title(node)}`}
      ref={form}
    >
      <h3>
        <Icon kind={node.kind} />
        {KIND_WORDS[node.kind]}
      </h3>
      {general.map((fault) => (
        <p className="sg-fault" key={fault.message}>
          {fault.message}
        </p>
      ))}
      <NodeFields node={node} faults={faults} symbols={symbols} disabled={readonly} onChange={act.onChange} />
      <Neighbours
        legend="Fed by"
        nodes={sourcesOf(document, node.id)}
        joined={(other) => document.edges.some((edge) => edge.from === other && edge.to === node.id)}
        disabled={readonly}
        onLink={(other, joined) => act.onLink(other, node.id, joined)}
      />
      <Neighbours
        legend="Leads to"
        nodes={targetsOf(document, node.id)}
        joined={(other) => document.edges.some((edge) => edge.from === node.id && edge.to === other)}
        disabled={readonly}
        onLink={(other, joined) => act.onLink(node.id, other, joined)}
      />
      {!readonly && (
        <div className="sg-acts">
          <button type="button" onClick={act.onDuplicate}>
            Duplicate
          </button>
          <button type="button" className="sg-remove" onClick={act.onRemove}>
            Remove
          </button>
        </div>
      )}
    </section>
  );
}

interface NeighboursProps {
  legend: string;
  nodes: readonly GraphNode[];
  joined: (id: string) => boolean;
  disabled: boolean;
  onLink: (id: string, joined: boolean) => void;
}

function Neighbours({ legend, nodes, joined, disabled, onLink }: NeighboursProps): ReactNode {
  if (nodes.length === 0) return null;
  return (
    <fieldset>
      <legend>{legend}</legend>
      {nodes.map((node) => (
        <FlagField
          key={node.id}
          label={`${title(node)} (${node.id})`}
          value={joined(node.id)}
          disabled={disabled}
          onChange={(now) => onLink(node.id, now)}
        />
      ))}
    </fieldset>
  );
}
