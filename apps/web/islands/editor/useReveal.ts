// Bringing a block into the inspector on request: it is chosen, shown, and its field takes the focus.

import { useEffect, useState } from "react";

export interface Reveal {
  id: string;
  field: string;
  turn: number;
}

export interface Focus {
  id: string;
  field: string;
}

/** What should take the focus next: a block just added, or one that was asked for; `null` once it has. */
export function useReveal(reveal: Reveal | null, show: (id: string) => void) {
  const [focus, setFocus] = useState<Focus | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new request moves anything
  useEffect(() => {
    if (!reveal) return;
    show(reveal.id);
    setFocus({ id: reveal.id, field: reveal.field });
  }, [reveal]);
  return [focus, setFocus] as const;
}
