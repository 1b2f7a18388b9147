// The networks a message may name, as wallets are told about them.

interface Network {
  name: string;
  rpc: string;
}

const KNOWN: Readonly<Record<number, Network>> = {
  4326: { name: "MegaETH", rpc: "https://mainnet.megaeth.com/rpc" },
  6343: { name: "MegaETH Testnet", rpc: "https://carrot.megaeth.com/rpc" },
};

/** "4326,6343" as numbers; anything else is left out. */
export function readChains(text: string | null): number[] {
  return (text ?? "").split(",").map(Number).filter(isChainId);
}

/** A wallet's answer to eth_chainId as a number; null where it makes no sense. */
export function readChainId(answer: unknown): number | null {
  const number = typeof answer === "string" || typeof answer === "number" ? Number(answer) : Number.NaN;
  return isChainId(number) ? number : null;
}

export const hex = (chain: number): string => `0x${chain.toString(16)}`;

export const networkName = (chain: number): string => KNOWN[chain]?.name ?? `chain ${chain}`;

/** "MegaETH (chain 4326) or MegaETH Testnet (chain 6343)". */
export function networkNames(chains: readonly number[]): string {
  return chains
    .map((chain) => (KNOWN[chain] ? `${networkName(chain)} (chain ${chain})` : networkName(chain)))
    .join(" or ");
}

/** What wallet_addEthereumChain is given (EIP-3085); null for a network we could not describe. */
export function description(chain: number): Record<string, unknown> | null {
  const known = KNOWN[chain];
  if (!known) return null;
  return {
    chainId: hex(chain),
    chainName: known.name,
    rpcUrls: [known.rpc],
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  };
}

function isChainId(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0;
}
