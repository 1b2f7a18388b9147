// How often a page asks how its payment stands: soon at first, and less and less while nothing changes.

const SOON_MS = 3000;
const SLOWEST_MS = 60_000;
/** So many looks come soon: as long as a payment usually takes. */
const SOON = 40;

/** Milliseconds until the next look, after so many that showed nothing new. */
export function waitAfter(quiet: number): number {
  return Math.min(SLOWEST_MS, SOON_MS * 1.25 ** Math.max(0, quiet - SOON));
}
