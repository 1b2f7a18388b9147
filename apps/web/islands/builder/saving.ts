// Where the draft stands between this page and the server, as a value; every step is a function to the next.

export type Phase = "saved" | "waiting" | "saving" | "faulty" | "conflict" | "failed";

export interface Saving {
  phase: Phase;
  /** The revision that the next save replaces. */
  revision: number;
  /** What the server is known to hold, as text. */
  saved: string;
  detail: string;
}

export function opened(revision: number, saved: string): Saving {
  return { phase: "saved", revision, saved, detail: "" };
}

/** The document was edited to `text`; a conflict stays one until somebody decides. */
export function edited(saving: Saving, text: string): Saving {
  if (saving.phase === "conflict") return saving;
  return { ...saving, phase: text === saving.saved ? "saved" : "waiting", detail: "" };
}

/** The check found `count` faults: what has faults is not sent. */
export function judged(saving: Saving, count: number): Saving {
  if (saving.phase === "conflict" || saving.phase === "saved") return saving;
  return { ...saving, phase: count ? "faulty" : "waiting", detail: "" };
}

export function sending(saving: Saving): Saving {
  return { ...saving, phase: "saving", detail: "" };
}

/** The server holds `sent` at `revision`; `present` may have moved on since. */
export function accepted(saving: Saving, revision: number, sent: string, present: string): Saving {
  return { ...saving, phase: sent === present ? "saved" : "waiting", revision, saved: sent, detail: "" };
}

export function refused(saving: Saving, status: number, detail: string): Saving {
  return { ...saving, phase: status === 412 ? "conflict" : "failed", detail };
}

/** The state in words for people. */
export function words(saving: Saving): string {
  switch (saving.phase) {
    case "saved":
      return `Saved · revision ${saving.revision}`;
    case "waiting":
      return "Unsaved changes";
    case "saving":
      return "Saving …";
    case "faulty":
      return "Not saved: fix the faults first. Your work is kept in this tab.";
    case "conflict":
      return "Not saved: the draft was changed elsewhere";
    case "failed":
      return `Not saved: ${saving.detail}`;
  }
}
