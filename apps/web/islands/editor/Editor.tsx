// The whole editor: palette, toolbar, canvas or list, and inspector around one document that its owner keeps.

import { type ReactNode, useState } from "react";
import type { GraphDocument, GraphNode } from "../graph/document.ts";
import { addNode, connect, disconnect, duplicate, removeNodes, replaceNode } from "../graph/edit.ts";
import type { Faults } from "../graph/faults.ts";
import type { Point } from "../graph/layout.ts";
import type { Preset } from "../graph/presets.ts";
import { BlockList } from "./BlockList.tsx";
import { Canvas } from "./Canvas.tsx";
import { Inspector } from "./Inspector.tsx";
import { Palette } from "./Palette.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useFlow } from "./useFlow.ts";
import { useNarrow } from "./useNarrow.ts";
import { type Reveal, useReveal } from "./useReveal.ts";

type Change = (document: GraphDocument) => GraphDocument;

export interface EditorProps {
  document: GraphDocument;
  faults: Faults;
  symbols: readonly string[];
  engines: readonly string[];
  cloneName: string;
  readonly: boolean;
  reveal: Reveal | null;
  edit: (change: Change, mark?: string) => void;
  undo: (() => void) | null;
  redo: (() => void) | null;
}

export function Editor(props: EditorProps): ReactNode {
  const { document, faults, symbols, engines, cloneName, readonly, edit } = props;
  const flow = useFlow(document, faults, cloneName);
  const [notice, setNotice] = useState("");
  const [tidied, setTidied] = useState(0);
  const [wantsList, setWantsList] = useState(false);
  const [focus, setFocus] = useReveal(props.reveal, flow.select);
  const narrow = useNarrow();
  const list = narrow || wantsList;
  const node = flow.current;

  const take = (made: { document: GraphDocument; node: GraphNode } | null, place?: Point) => {
    if (!made) return setNotice("The graph is full.");
    if (place) flow.put(made.node.id, place);
    edit(() => made.document);
    flow.select(made.node.id);
    setFocus({ id: made.node.id, field: "" });
    setNotice("");
  };
  const add = (preset: Preset, place?: Point) => take(addNode(document, preset.kind, preset.fields), place);
  const tidy = () => {
    flow.tidy();
    setTidied((turn) => turn + 1);
  };
  const inspector = (shown: GraphNode) => (
    <Inspector
      key={shown.id}
      document={document}
      node={shown}
      faults={faults.nodes.get(shown.id) ?? []}
      symbols={symbols}
      readonly={readonly}
      focus={focus?.id === shown.id ? focus.field : null}
      onFocused={() => setFocus(null)}
      onChange={(changed) => edit((before) => replaceNode(before, changed), changed.id)}
      onLink={(from, to, joined) => edit((before) => (joined ? connect : disconnect)(before, from, to))}
      onDuplicate={() => take(duplicate(document, shown.id))}
      onRemove={() => edit((before) => removeNodes(before, new Set([shown.id])))}
    />
  );

  return (
    <div className="sg" data-view={list ? "list" : "canvas"} data-readonly={readonly ? "" : undefined}>
      {!readonly && <Palette document={document} symbols={symbols} engines={engines} onAdd={add} />}
      <div className="sg-middle">
        <Toolbar
          readonly={readonly}
          undo={props.undo}
          redo={props.redo}
          onArrange={list ? null : tidy}
          list={list}
          onList={narrow ? null : setWantsList}
        />
        {list ? (
          <BlockList
            document={document}
            faults={faults}
            cloneName={cloneName}
            current={node?.id ?? ""}
            onChoose={flow.select}
            inspector={inspector}
          />
        ) : (
          <Canvas
            document={document}
            flow={flow}
            readonly={readonly}
            shown={focus?.id ?? ""}
            tidied={tidied}
            onConnect={(from, to) => edit((before) => connect(before, from, to))}
            onDelete={(ids, edges) => edit((before) => without(before, ids, edges))}
            onDrop={add}
            onNotice={setNotice}
          />
        )}
        <p className="sg-notice" role="status">
          {[notice, ...faults.general].filter(Boolean).join(" ")}
        </p>
      </div>
      {!list && (node ? inspector(node) : <Hint document={document} readonly={readonly} />)}
    </div>
  );
}

function Hint({ document, readonly }: { document: GraphDocument; readonly: boolean }): ReactNode {
  if (readonly) return <p className="sg-hint">Choose a block to read it.</p>;
  return (
    <div className="sg-hint">
      <p>
        <b>{document.nodes.length ? "Choose a block to change it." : "Begin with a block of data."}</b>
      </p>
      <p>Drag from one block's dot to another's to join them: data to assets, assets to a prompt.</p>
      <p>
        By keyboard: Tab to a block, Return to open it, then tick what it leads to. Delete removes it, Ctrl+Z
        takes the last step back.
      </p>
    </div>
  );
}

function without(
  document: GraphDocument,
  nodes: readonly string[],
  edges: readonly (readonly [string, string])[],
): GraphDocument {
  const left = edges.reduce((before, [from, to]) => disconnect(before, from, to), document);
  return removeNodes(left, new Set(nodes));
}
