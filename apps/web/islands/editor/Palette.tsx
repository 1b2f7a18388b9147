// The blocks that can be added: a press adds one, a drag puts it where it is dropped.

import type { ReactNode } from "react";
import { type GraphDocument, KIND_WORDS, type Kind } from "../graph/document.ts";
import { assets, DATA, type Preset, prompts } from "../graph/presets.ts";
import { Icon } from "./Icon.tsx";

export const DRAGGED = "application/x-pumpparty-block";

interface Props {
  document: GraphDocument;
  symbols: readonly string[];
  engines: readonly string[];
  onAdd: (preset: Preset) => void;
}

export function Palette({ document, symbols, engines, onAdd }: Props): ReactNode {
  const groups: [Kind, readonly Preset[]][] = [
    ["data_stream", DATA],
    ["asset", assets(document, symbols)],
    ["trading_prompt", prompts(engines)],
  ];
  return (
    <section className="sg-palette" aria-label="Add a block">
      {groups.map(([kind, presets]) => (
        <section key={kind} data-kind={kind} aria-label={KIND_WORDS[kind]}>
          <h3>
            <Icon kind={kind} />
            {KIND_WORDS[kind]}
          </h3>
          <div className="sg-presets">
            {presets.map((preset) => (
              <button
                type="button"
                key={preset.label}
                draggable
                aria-label={`Add ${preset.label}`}
                onClick={() => onAdd(preset)}
                onDragStart={(event) => {
                  event.dataTransfer.setData(DRAGGED, JSON.stringify(preset));
                  event.dataTransfer.effectAllowed = "copy";
                }}
              >
                {preset.label}
                {preset.note && <small>{preset.note}</small>}
              </button>
            ))}
          </div>
        </section>
      ))}
    </section>
  );
}
