// Whether the window is as narrow as a phone's, where a list reads better than a canvas.

import { useSyncExternalStore } from "react";

const PHONE = "(max-width: 760px)";

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const phone = matchMedia(PHONE);
      phone.addEventListener("change", changed);
      return () => phone.removeEventListener("change", changed);
    },
    () => matchMedia(PHONE).matches,
  );
}
