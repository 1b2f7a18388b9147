// Undo and redo: the documents before and after the present one; typing into one field is one step.

export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  mark: string;
  at: number;
}

const MOST = 200;
const PAUSE_MS = 1200;

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], mark: "", at: 0 };
}

/** The history with `next` as the present; edits of the same `mark` in quick succession are one step. */
export function record<T>(history: History<T>, next: T, mark: string, at: number): History<T> {
  const joins = mark !== "" && mark === history.mark && at - history.at < PAUSE_MS;
  const past = joins ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present: next, future: [], mark, at };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
    mark: "",
    at: 0,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.present], present: after, future, mark: "", at: 0 };
}
