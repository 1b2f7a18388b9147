// What can be added, and the tidy arrangement.

import type { ReactNode } from "react";
import { KIND_WORDS, KINDS, type Kind } from "../graph/document.ts";

export function Toolbar({
  onAdd,
  onArrange,
}: {
  onAdd: (kind: Kind) => void;
  onArrange: () => void;
}): ReactNode {
  return (
    <div className="sg-toolbar" role="toolbar" aria-label="Graph">
      {KINDS.map((kind) => (
        <button type="button" key={kind} onClick={() => onAdd(kind)}>
          + {KIND_WORDS[kind]}
        </button>
      ))}
      <button type="button" onClick={onArrange}>
        Arrange
      </button>
    </div>
  );
}
