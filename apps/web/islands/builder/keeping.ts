// Unsaved work outlives the page: a copy in the tab's own store, bound to the revision it was made from.

import { type GraphDocument, readDocument } from "../graph/document.ts";

export interface Keeping {
  keep(document: GraphDocument, revision: number): void;
  /** What was kept for this revision; undefined where there is none or it is older. */
  find(revision: number): GraphDocument | undefined;
  drop(): void;
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export function keeping(store: () => Store, key: string): Keeping {
  const quietly = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch {
      return undefined; // a full or forbidden store takes nothing away from the page
    }
  };
  return {
    keep: (document, revision) =>
      void quietly(() => store().setItem(key, JSON.stringify({ document, revision }))),
    find: (revision) =>
      quietly(() => {
        const kept = JSON.parse(store().getItem(key) ?? "null") as {
          document: unknown;
          revision: number;
        } | null;
        return kept?.revision === revision ? readDocument(kept.document) : undefined;
      }),
    drop: () => void quietly(() => store().removeItem(key)),
  };
}
