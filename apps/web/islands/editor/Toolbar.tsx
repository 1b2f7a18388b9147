// Steps back and forth, the tidy arrangement, and the choice between canvas and list.

import type { ReactNode } from "react";

interface Props {
  readonly: boolean;
  undo: (() => void) | null;
  redo: (() => void) | null;
  onArrange: (() => void) | null;
  list: boolean;
  onList: ((list: boolean) => void) | null;
}

export function Toolbar({ readonly, undo, redo, onArrange, list, onList }: Props): ReactNode {
  return (
    <div className="sg-toolbar" role="toolbar" aria-label="Graph">
      {!readonly && (
        <>
          <button type="button" disabled={!undo} onClick={() => undo?.()} title="Ctrl+Z">
            Undo
          </button>
          <button type="button" disabled={!redo} onClick={() => redo?.()} title="Ctrl+Shift+Z">
            Redo
          </button>
        </>
      )}
      {onArrange && (
        <button type="button" onClick={onArrange}>
          Arrange
        </button>
      )}
      {onList && (
        <button type="button" className="sg-view" aria-pressed={list} onClick={() => onList(!list)}>
          {list ? "Show as graph" : "Show as list"}
        </button>
      )}
    </div>
  );
}
