// What a block says about itself in a line, and the pill that tells its state.

import catalogue from "./catalogue.json" with { type: "json" };
import { type GraphNode, isWaking, spelt } from "./document.ts";
import { engineWords, streamsOf } from "./presets.ts";

const STREAMS: Readonly<Record<string, string>> = catalogue.streams;

export interface Pill {
  text: string;
  tone: "on" | "off" | "strong";
}

export function detail(node: GraphNode, links: number): string {
  switch (node.kind) {
    case "data_stream": {
      const held = streamsOf(node.stream);
      return held.length > 1 ? held.map((key) => STREAMS[key] ?? key).join(", ") : "one stream";
    }
    case "asset":
      return `${links} data link${links === 1 ? "" : "s"}`;
    case "trading_prompt": {
      const how = node.engine === "rules" ? spelt(node.strategy ?? "no strategy") : engineWords(node.engine);
      return `${how} · every ${node.cadenceMinutes} min${isWaking(node.wakes) ? " or earlier" : ""}`;
    }
  }
}

export function pill(node: GraphNode): Pill | null {
  switch (node.kind) {
    case "data_stream": {
      const mode = node.mode ?? "auto";
      return { text: spelt(mode), tone: mode === "off" ? "off" : mode === "required" ? "strong" : "on" };
    }
    case "asset":
      return node.active === false ? { text: "Not traded", tone: "off" } : null;
    case "trading_prompt":
      return node.enabled === false ? { text: "Paused", tone: "off" } : null;
  }
}

export function isOff(node: GraphNode): boolean {
  if (node.kind === "data_stream") return node.mode === "off";
  return node.kind === "asset" ? node.active === false : node.enabled === false;
}
