// Questions to a wallet that signing in and paying share; what it answers is checked, what it throws becomes a Fault.

import { isUnknownNetwork, type Step, walletFault } from "./faults.ts";
import { description, hex, readChainId } from "./networks.ts";
import type { Provider } from "./provider.ts";

const ADDRESS = /^0x[0-9a-f]{40}$/i;

export async function call(
  provider: Provider,
  step: Step,
  method: string,
  params?: readonly unknown[],
): Promise<unknown> {
  try {
    return await provider.request(params ? { method, params } : { method });
  } catch (error) {
    throw walletFault(error, step);
  }
}

/** The accounts that the wallet shows this site, the chosen one first, in lower case; none while it is locked. */
export async function accountsOf(provider: Provider): Promise<string[]> {
  const accounts = await call(provider, "connect", "eth_requestAccounts");
  if (!Array.isArray(accounts) || typeof accounts[0] !== "string" || !ADDRESS.test(accounts[0])) return [];
  return accounts
    .filter((one): one is string => typeof one === "string" && ADDRESS.test(one))
    .map((one) => one.toLowerCase());
}

/** The network the wallet is on; null where its answer makes no sense. */
export async function chainOf(provider: Provider): Promise<number | null> {
  return readChainId(await call(provider, "network", "eth_chainId"));
}

/** Ask the wallet to be on a network, telling it of the network where it does not know it; throws what it throws. */
export async function switchTo(provider: Provider, chain: number): Promise<void> {
  const request = { method: "wallet_switchEthereumChain", params: [{ chainId: hex(chain) }] };
  try {
    await provider.request(request);
  } catch (error) {
    const known = isUnknownNetwork(error) ? description(chain) : null;
    if (known === null) throw error;
    await provider.request({ method: "wallet_addEthereumChain", params: [known] });
    // Adding leads to the network in most wallets; asking once more costs nothing in those.
    await provider.request(request);
  }
}
