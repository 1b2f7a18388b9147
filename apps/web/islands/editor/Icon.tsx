// The mark of each kind of block.

import type { ReactNode } from "react";

const PATHS: Readonly<Record<string, string>> = {
  data_stream: "M2 11h3l2-7 3 10 2-6 1 3h3",
  asset: "M8 1.800 14 5v6l-6 3.200L2 11V5zM2 5l6 3.200L14 5M8 8.200v6",
  trading_prompt: "M2 3h12v8H7l-3 3v-3H2zM5 6h6M5 8.500h4",
  trading_clone:
    "M8 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2.500 14c.5-3 2.700-4.500 5.500-4.500s5 1.500 5.500 4.500",
};

export function Icon({ kind }: { kind: string }): ReactNode {
  return (
    <svg className="sg-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[kind] ?? ""} />
    </svg>
  );
}
