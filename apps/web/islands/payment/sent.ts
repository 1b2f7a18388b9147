// What this browser has sent and the arena has not seen yet, so that nobody is asked to pay twice after a reload.

const PREFIX = "pumpparty.sent.";
const HASH = /^0x[0-9a-f]{64}$/;

/** Keep the hash of what was sent; a browser without storage forgets it, and the vault refuses a number twice anyway. */
export function remember(id: string, hash: string): void {
  attempt(() => localStorage.setItem(PREFIX + id, hash));
}

/** The hash that was sent for this, or "". */
export function recall(id: string): string {
  const kept = attempt(() => localStorage.getItem(PREFIX + id)) ?? "";
  return HASH.test(kept) ? kept : "";
}

export function forget(id: string): void {
  attempt(() => localStorage.removeItem(PREFIX + id));
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
