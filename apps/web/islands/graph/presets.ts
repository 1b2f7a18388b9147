// What the palette offers: blocks that begin with their most telling field filled in.

import catalogue from "./catalogue.json" with { type: "json" };
import { type GraphDocument, type Kind, spelt } from "./document.ts";

export interface Preset {
  kind: Kind;
  label: string;
  note: string;
  fields: Readonly<Record<string, string>>;
}

const MOST_SYMBOLS = 12;
const BUNDLES: Readonly<Record<string, readonly string[]>> = catalogue.bundles;
export const BUNDLE_NAMES: readonly string[] = Object.keys(BUNDLES);

const ENGINE_NOTES: Readonly<Record<string, string>> = {
  model: "reads your prompt",
  noop: "always holds",
};
const ENGINE_WORDS: Readonly<Record<string, string>> = {
  rules: "Rules",
  model: "AI model",
  noop: "Observer",
};

export const DATA: readonly Preset[] = [
  ...Object.entries(BUNDLES).map(([stream, held]) => ({
    kind: "data_stream" as const,
    label: spelt(stream),
    note: `${held.length} streams`,
    fields: { stream },
  })),
  ...Object.entries(catalogue.streams).map(([stream, label]) => ({
    kind: "data_stream" as const,
    label,
    note: "",
    fields: { stream },
  })),
];

export const PROMPTS: readonly Preset[] = [
  ...catalogue.strategies.map((strategy) => ({
    kind: "trading_prompt" as const,
    label: spelt(strategy),
    note: "rules",
    fields: { engine: "rules", strategy, name: spelt(strategy) },
  })),
  ...catalogue.engines
    .filter((engine) => engine !== "rules")
    .map((engine) => ({
      kind: "trading_prompt" as const,
      label: engineWords(engine),
      note: ENGINE_NOTES[engine] ?? "",
      fields: { engine, name: engineWords(engine) },
    })),
];

/** The prompts to offer: those whose engine is set up here, or all where nobody said. */
export function prompts(engines: readonly string[]): readonly Preset[] {
  if (engines.length === 0) return PROMPTS;
  return PROMPTS.filter((preset) => engines.includes(preset.fields.engine ?? ""));
}

/** The assets to offer: the first symbols that no block holds yet, and one without a symbol. */
export function assets(document: GraphDocument, symbols: readonly string[]): Preset[] {
  const taken = new Set(document.nodes.map((node) => (node.kind === "asset" ? node.symbol : "")));
  const free = symbols.filter((symbol) => !taken.has(symbol)).slice(0, MOST_SYMBOLS);
  const made = free.map((symbol) => ({
    kind: "asset" as const,
    label: symbol,
    note: "",
    fields: { symbol },
  }));
  return [...made, { kind: "asset", label: "Other asset", note: "", fields: { symbol: "" } }];
}

export function engineWords(engine: string): string {
  return ENGINE_WORDS[engine] ?? engine;
}

/** The streams that a data block stands for. */
export function streamsOf(name: string): readonly string[] {
  return BUNDLES[name] ?? (name in catalogue.streams ? [name] : []);
}

/** A typed symbol in the letters in which it is listed: "btc" is BTC. */
export function listedAs(typed: string, symbols: readonly string[]): string {
  return symbols.find((symbol) => symbol.toLowerCase() === typed.trim().toLowerCase()) ?? typed;
}
