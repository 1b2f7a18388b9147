// The fields of each kind of node, exactly those that the compiler knows.

import type { ReactNode } from "react";
import catalogue from "../graph/catalogue.json" with { type: "json" };
import {
  type AssetNode,
  type GraphNode,
  type PromptNode,
  type StreamNode,
  spelt,
  type Wakes,
} from "../graph/document.ts";
import type { Fault } from "../graph/faults.ts";
import { BUNDLE_NAMES, engineWords, listedAs } from "../graph/presets.ts";
import { ChoiceField, FlagField, LongTextField, NumberField, SegmentField, TextField } from "./fields.tsx";

interface Props<N extends GraphNode> {
  node: N;
  faults: readonly Fault[];
  disabled: boolean;
  onChange: (node: GraphNode) => void;
}

const STREAM_CHOICES: readonly (readonly [string, string])[] = [
  ...BUNDLE_NAMES.map((name) => [name, `${spelt(name)} (several streams)`] as const),
  ...Object.entries(catalogue.streams),
];
const MODE_NOTES: Readonly<Record<string, string>> = {
  off: "Kept in the graph; not part of the data.",
  auto: "An AI model is told it while it is fresh.",
  standard: "An AI model is told it with its age, however old.",
  required: "An AI model is not asked without a fresh one.",
};
const MODES = catalogue.modes.map((mode) => [mode, spelt(mode), MODE_NOTES[mode] ?? ""] as const);
const ENGINES = catalogue.engines.map((engine) => [engine, engineWords(engine)] as const);
const STRATEGIES = catalogue.strategies.map((strategy) => [strategy, spelt(strategy)] as const);
const CADENCES = [1, 5, 15, 30, 60, 240];
const MOVES: readonly (readonly [string, string])[] = [
  ["", "Never"],
  ...[50, 100, 200, 300, 500, 1000, 2000].map((bps) => [String(bps), `${bps / 100} %`] as const),
];

export function NodeFields({
  symbols,
  ...props
}: Props<GraphNode> & { symbols: readonly string[] }): ReactNode {
  const { node } = props;
  if (node.kind === "data_stream") return <StreamFields {...props} node={node} />;
  if (node.kind === "asset") return <AssetFields {...props} node={node} symbols={symbols} />;
  return <PromptFields {...props} node={node} />;
}

function StreamFields({ node, onChange, ...rest }: Props<StreamNode>): ReactNode {
  return (
    <>
      <ChoiceField
        {...rest}
        label="Stream or depth"
        field="stream"
        value={node.stream}
        choices={STREAM_CHOICES}
        onChange={(stream) => onChange({ ...node, stream })}
      />
      <SegmentField
        {...rest}
        label="How much it matters"
        field="mode"
        value={node.mode ?? "auto"}
        choices={MODES}
        onChange={(mode) => onChange({ ...node, mode })}
      />
    </>
  );
}

function AssetFields({
  node,
  symbols,
  onChange,
  ...rest
}: Props<AssetNode> & { symbols: readonly string[] }): ReactNode {
  const unlisted = node.symbol !== "" && symbols.length > 0 && !symbols.includes(node.symbol);
  return (
    <>
      <TextField
        {...rest}
        label="Symbol"
        field="symbol"
        limit={32}
        options={symbols}
        value={node.symbol}
        onChange={(symbol) => onChange({ ...node, symbol: listedAs(symbol, symbols) })}
      />
      {unlisted && <p className="sg-warning">No market lists {node.symbol}: it would never be traded.</p>}
      <FlagField
        kind="switch"
        label="Trade this asset"
        value={node.active ?? true}
        disabled={rest.disabled}
        onChange={(active) => onChange({ ...node, active })}
      />
    </>
  );
}

function PromptFields({ node, onChange, ...rest }: Props<PromptNode>): ReactNode {
  const change = (fields: Partial<PromptNode>) => onChange({ ...node, ...fields });
  return (
    <>
      <TextField
        {...rest}
        label="Name"
        field="name"
        limit={64}
        value={node.name ?? "Prompt"}
        onChange={(name) => change({ name })}
      />
      <ChoiceField
        {...rest}
        label="Engine"
        field="engine"
        value={node.engine}
        choices={ENGINES}
        onChange={(engine) =>
          change({ engine, ...(engine === "rules" && !node.strategy ? { strategy: "trend" } : {}) })
        }
      />
      {node.engine === "rules" && (
        <ChoiceField
          {...rest}
          label="Strategy"
          field="strategy"
          value={node.strategy ?? ""}
          choices={STRATEGIES}
          onChange={(strategy) => change({ strategy })}
        />
      )}
      <NumberField
        {...rest}
        label="Minutes between decisions"
        field="cadenceMinutes"
        limit={catalogue.limits.cadenceMinutes}
        presets={CADENCES}
        value={node.cadenceMinutes}
        onChange={(cadenceMinutes) => change({ cadenceMinutes })}
      />
      <WakeFields {...rest} wakes={node.wakes ?? {}} onChange={(wakes) => change({ wakes })} />
      <LongTextField
        {...rest}
        label="Behaviour"
        field="behaviour"
        limit={catalogue.limits.behaviour}
        value={node.behaviour ?? ""}
        onChange={(behaviour) => change({ behaviour })}
      />
      <FlagField
        kind="switch"
        label="Enabled"
        value={node.enabled ?? true}
        disabled={rest.disabled}
        onChange={(enabled) => change({ enabled })}
      />
    </>
  );
}

function WakeFields({
  wakes,
  onChange,
  ...rest
}: {
  wakes: Wakes;
  faults: readonly Fault[];
  disabled: boolean;
  onChange: (wakes: Wakes) => void;
}): ReactNode {
  const { priceMoveBps, ...others } = wakes;
  const moved = priceMoveBps ? String(priceMoveBps) : "";
  const own = MOVES.some(([bps]) => bps === moved) ? [] : [[moved, `${Number(moved) / 100} %`] as const];
  return (
    <>
      <ChoiceField
        {...rest}
        label="Decide early when the price moves"
        field="wakes"
        value={moved}
        choices={[...MOVES, ...own]}
        onChange={(bps) => onChange(bps ? { ...others, priceMoveBps: Number(bps) } : others)}
      />
      <FlagField
        kind="switch"
        label="Decide early when an exit is hit"
        value={wakes.stopHit ?? false}
        disabled={rest.disabled}
        onChange={(stopHit) => onChange({ ...wakes, stopHit })}
      />
      <FlagField
        kind="switch"
        label="Decide early when a prediction market appears"
        value={wakes.newMarket ?? false}
        disabled={rest.disabled}
        onChange={(newMarket) => onChange({ ...wakes, newMarket })}
      />
    </>
  );
}
