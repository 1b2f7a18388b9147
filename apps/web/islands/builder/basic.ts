// The basic mode's choices: read from a document of its shape, or the reason why a document has none.

import { type GraphDocument, type PromptNode, spelt } from "../graph/document.ts";
import { title } from "../graph/faults.ts";
import { BUNDLE_NAMES } from "../graph/presets.ts";

export interface Choices {
  assets: string[];
  depth: string;
  engine: string;
  strategy: string;
  cadenceMinutes: number;
  name: string;
  behaviour: string;
  enabled: boolean;
  wakePriceMoveBps: number;
  wakeStopHit: boolean;
  wakeNewMarket: boolean;
}

export type Shape = { choices: Choices } | { reason: string };

/** What the basic mode would show of a document; a reason in words where it cannot. */
export function shapeOf(document: GraphDocument): Shape {
  const streams = document.nodes.filter((node) => node.kind === "data_stream");
  const assets = document.nodes.filter((node) => node.kind === "asset");
  const prompts = document.nodes.filter((node) => node.kind === "trading_prompt");
  const [stream] = streams;
  const [prompt] = prompts;
  if (streams.length !== 1 || !stream) return counted(streams.length, "data stream");
  if (prompts.length !== 1 || !prompt) return counted(prompts.length, "trading prompt");
  if (!BUNDLE_NAMES.includes(stream.stream)) {
    return { reason: `Basic takes its data by depth: ${BUNDLE_NAMES.map(spelt).join(", ")}.` };
  }
  if ((stream.mode ?? "auto") !== "auto") return { reason: "Basic leaves its data on Auto." };
  const enabled = prompt.enabled !== false;
  for (const asset of assets) {
    const joined = has(document, stream.id, asset.id) && has(document, asset.id, prompt.id);
    if (!joined)
      return { reason: `In Basic every asset is joined to the data and the prompt; ${title(asset)} is not.` };
    if ((asset.active !== false) !== enabled) {
      return { reason: `In Basic assets are not switched on and off one by one, as ${title(asset)} is.` };
    }
  }
  return {
    choices: choicesOf(
      prompt,
      stream.stream,
      assets.map((asset) => asset.symbol),
    ),
  };
}

function choicesOf(prompt: PromptNode, depth: string, assets: string[]): Choices {
  return {
    assets,
    depth,
    engine: prompt.engine,
    strategy: prompt.strategy ?? "trend",
    cadenceMinutes: prompt.cadenceMinutes,
    name: prompt.name ?? "Prompt",
    behaviour: prompt.behaviour ?? "",
    enabled: prompt.enabled !== false,
    wakePriceMoveBps: prompt.wakes?.priceMoveBps ?? 0,
    wakeStopHit: prompt.wakes?.stopHit ?? false,
    wakeNewMarket: prompt.wakes?.newMarket ?? false,
  };
}

function counted(count: number, what: string): Shape {
  const held = count === 0 ? "none" : String(count);
  return { reason: `Basic holds one ${what}; this graph has ${held}.` };
}

function has(document: GraphDocument, from: string, to: string): boolean {
  return document.edges.some((edge) => edge.from === from && edge.to === to);
}
