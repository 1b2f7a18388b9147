// The graph as a list, for phones and for who prefers to read: blocks by kind, the chosen one open to change.

import type { ReactNode } from "react";
import { type GraphDocument, type GraphNode, KIND_WORDS, KINDS } from "../graph/document.ts";
import { type Faults, title } from "../graph/faults.ts";
import { linksOf } from "../graph/flow.ts";
import { targetsOf } from "../graph/rules.ts";
import { detail, isOff, pill } from "../graph/wording.ts";
import { Icon } from "./Icon.tsx";

interface Props {
  document: GraphDocument;
  faults: Faults;
  cloneName: string;
  current: string;
  onChoose: (id: string) => void;
  inspector: (node: GraphNode) => ReactNode;
}

export function BlockList({ document, faults, cloneName, current, onChoose, inspector }: Props): ReactNode {
  return (
    <div className="sg-list">
      {KINDS.map((kind) => (
        <section key={kind} data-kind={kind} aria-label={`${KIND_WORDS[kind]} blocks`}>
          <h3>
            <Icon kind={kind} />
            {KIND_WORDS[kind]}
          </h3>
          <ul>
            {document.nodes
              .filter((node) => node.kind === kind)
              .map((node) => {
                const open = node.id === current;
                const wrong = faults.nodes.get(node.id)?.length ?? 0;
                return (
                  <li key={node.id} data-node={node.id} data-faulty={wrong ? "" : undefined}>
                    <button
                      type="button"
                      aria-expanded={open}
                      data-off={isOff(node) ? "" : undefined}
                      onClick={() => onChoose(open ? "" : node.id)}
                    >
                      <b>{title(node)}</b>
                      <span>
                        {[detail(node, linksOf(document, node.id)), pill(node)?.text, leads(document, node)]
                          .filter(Boolean)
                          .join(" · ")}
                      </span>
                      {wrong > 0 && <em>{wrong === 1 ? "1 fault" : `${wrong} faults`}</em>}
                    </button>
                    {open && inspector(node)}
                  </li>
                );
              })}
          </ul>
        </section>
      ))}
      <p className="sg-list-clone" data-kind="trading_clone">
        <Icon kind="trading_clone" />
        <b>{cloneName}</b> trades what the prompts propose.
      </p>
    </div>
  );
}

function leads(document: GraphDocument, node: GraphNode): string {
  const ends = targetsOf(document, node.id).filter((target) =>
    document.edges.some((edge) => edge.from === node.id && edge.to === target.id),
  );
  return ends.length ? `to ${ends.map(title).join(", ")}` : "";
}
