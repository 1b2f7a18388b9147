// A sound document for the tests: two assets on one stream, one prompt.

import type { GraphDocument } from "../graph/document.ts";

export const SOUND: GraphDocument = {
  nodes: [
    { id: "data", kind: "data_stream", stream: "fast", mode: "auto" },
    { id: "asset-1", kind: "asset", symbol: "BTC", active: true },
    { id: "asset-2", kind: "asset", symbol: "ETH", active: false },
    {
      id: "prompt",
      kind: "trading_prompt",
      name: "Trader",
      engine: "rules",
      strategy: "trend",
      cadenceMinutes: 5,
      enabled: true,
      behaviour: "",
    },
  ],
  edges: [
    { from: "data", to: "asset-1" },
    { from: "data", to: "asset-2" },
    { from: "asset-1", to: "prompt" },
    { from: "asset-2", to: "prompt" },
  ],
};
