// The form of the selected node: its fields, what it leads to (the keyboard's way to connect), and its removal.

import { type ReactNode, useEffect, useRef } from "react";
import { type GraphDocument, type GraphNode, KIND_WORDS } from "../graph/document.ts";
import type { Fault } from "../graph/faults.ts";
import { targetsOf } from "../graph/rules.ts";
import { title } from "./Card.tsx";
import { FlagField } from "./fields.tsx";
import { NodeFields } from "./NodeFields.tsx";

interface Props {
  document: GraphDocument;
  node: GraphNode;
  faults: readonly Fault[];
  symbols: readonly string[];
  readonly: boolean;
  takeFocus: boolean;
  onFocused: () => void;
  onChange: (node: GraphNode) => void;
  onLink: (to: string, joined: boolean) => void;
  onRemove: () => void;
}

export function Inspector({
  document,
  node,
  faults,
  symbols,
  readonly,
  takeFocus,
  ...act
}: Props): ReactNode {
  const form = useRef<HTMLElement>(null);
  const { onFocused } = act;
  useEffect(() => {
    if (!takeFocus) return;
    form.current?.querySelector<HTMLElement>("select, input, textarea")?.focus();
    onFocused();
  }, [takeFocus, onFocused]);
  const targets = targetsOf(document, node.id);
  const general = faults.filter((fault) => fault.field === "");
  return (
    <section className="sg-inspector" aria-label={`${KIND_WORDS[node.kind]} ${title(node)}`} ref={form}>
      <h3>{KIND_WORDS[node.kind]}</h3>
      {general.map((fault) => (
        <p className="sg-fault" key={fault.message}>
          {fault.message}
        </p>
      ))}
      <NodeFields node={node} faults={faults} symbols={symbols} disabled={readonly} onChange={act.onChange} />
      {targets.length > 0 && (
        <fieldset>
          <legend>Leads to</legend>
          {targets.map((target) => (
            <FlagField
              key={target.id}
              label={`${title(target)} (${target.id})`}
              value={document.edges.some((edge) => edge.from === node.id && edge.to === target.id)}
              disabled={readonly}
              onChange={(joined) => act.onLink(target.id, joined)}
            />
          ))}
        </fieldset>
      )}
      {!readonly && (
        <button type="button" className="sg-remove" onClick={act.onRemove}>
          Remove this node
        </button>
      )}
    </section>
  );
}
