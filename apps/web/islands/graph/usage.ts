// How much of an entitlement a document uses, counted as the compiler counts, also while it has faults.

import { type GraphDocument, isWaking } from "./document.ts";
import { linksOf } from "./flow.ts";

export interface Limits {
  activeAssets: number;
  enabledPrompts: number;
  linksPerAsset: number;
  linksInAll: number;
  wakingPrompts: number;
}

export interface Meter {
  key: keyof Limits;
  label: string;
  used: number;
  allowed: number;
}

const LABELS: Readonly<Record<keyof Limits, string>> = {
  activeAssets: "Active assets",
  enabledPrompts: "Enabled prompts",
  linksPerAsset: "Links per asset",
  linksInAll: "Links in all",
  wakingPrompts: "Prompts that wake early",
};

export function usage(document: GraphDocument): Limits {
  const active = document.nodes.filter((node) => node.kind === "asset" && node.active !== false);
  const links = active.map((node) => linksOf(document, node.id));
  const prompts = document.nodes.filter((node) => node.kind === "trading_prompt" && node.enabled !== false);
  return {
    activeAssets: active.length,
    enabledPrompts: prompts.length,
    linksPerAsset: Math.max(0, ...links),
    linksInAll: links.reduce((sum, one) => sum + one, 0),
    wakingPrompts: prompts.filter((node) => node.kind === "trading_prompt" && isWaking(node.wakes)).length,
  };
}

export function meters(document: GraphDocument, limits: Limits): Meter[] {
  const used = usage(document);
  return (Object.keys(LABELS) as (keyof Limits)[]).map((key) => ({
    key,
    label: LABELS[key],
    used: used[key],
    allowed: limits[key],
  }));
}
