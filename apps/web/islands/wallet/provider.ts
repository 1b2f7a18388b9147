// Wallets of this browser: announced by EIP-6963, or the one that put itself on the window (EIP-1193).

/** What EIP-1193 asks of a wallet; everything it returns is unchecked. */
export interface Provider {
  request(call: { method: string; params?: readonly unknown[] }): Promise<unknown>;
}

export interface Wallet {
  /** The announcement's uuid, or "window" for the one without an announcement. */
  id: string;
  name: string;
  /** A data URI of an image, or "" where the wallet sent none that may be shown. */
  icon: string;
  provider: Provider;
}

const LONGEST_NAME = 40;
const LONGEST_ICON = 200_000;
const SHOWABLE = /^data:image\/(?:svg\+xml|png|jpeg|webp|gif)[;,]/i;

/** The wallet of an announcement's detail; null where it is none. */
export function readAnnouncement(detail: unknown): Wallet | null {
  if (typeof detail !== "object" || detail === null) return null;
  const { info, provider } = detail as { info?: unknown; provider?: unknown };
  if (!isProvider(provider) || typeof info !== "object" || info === null) return null;
  const { uuid, name, icon } = info as Record<string, unknown>;
  if (typeof uuid !== "string" || uuid === "" || typeof name !== "string") return null;
  return { id: uuid, name: plainName(name), icon: showableIcon(icon), provider };
}

/** The list with the wallet in it: one entry per id and per provider, announced ones before the window's. */
export function withWallet(known: readonly Wallet[], found: Wallet): Wallet[] {
  const announced = known.filter(({ id }) => id !== "window");
  if (found.id === "window") return announced.length > 0 ? announced : [found];
  const others = announced.filter(({ id, provider }) => id !== found.id && provider !== found.provider);
  return [...others, found].sort((one, other) => one.name.localeCompare(other.name));
}

export function isProvider(value: unknown): value is Provider {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { request?: unknown }).request === "function"
  );
}

/** Look for wallets, now and whenever another announces itself; returns what stops looking. */
export function discover(page: Window, found: (wallet: Wallet) => void): () => void {
  const heard = (event: Event) => {
    const wallet = readAnnouncement((event as CustomEvent<unknown>).detail);
    if (wallet) found(wallet);
  };
  page.addEventListener("eip6963:announceProvider", heard);
  page.dispatchEvent(new Event("eip6963:requestProvider"));
  const injected = (page as { ethereum?: unknown }).ethereum;
  if (isProvider(injected)) found({ id: "window", name: "Browser wallet", icon: "", provider: injected });
  return () => page.removeEventListener("eip6963:announceProvider", heard);
}

function plainName(name: string): string {
  return (
    name
      .replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "")
      .trim()
      .slice(0, LONGEST_NAME) || "Unnamed wallet"
  );
}

/** Pages ask no other host for anything, so only pictures that travel with the announcement are shown. */
function showableIcon(icon: unknown): string {
  return typeof icon === "string" && icon.length <= LONGEST_ICON && SHOWABLE.test(icon.trim())
    ? icon.trim()
    : "";
}
