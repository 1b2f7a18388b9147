// The fields of each kind of node, exactly those that the compiler knows.

import type { ReactNode } from "react";
import catalogue from "../graph/catalogue.json" with { type: "json" };
import type { AssetNode, GraphNode, PromptNode, StreamNode } from "../graph/document.ts";
import type { Fault } from "../graph/faults.ts";
import { ChoiceField, FlagField, LongTextField, NumberField, TextField } from "./fields.tsx";

interface Props<N extends GraphNode> {
  node: N;
  faults: readonly Fault[];
  disabled: boolean;
  onChange: (node: GraphNode) => void;
}

const STREAM_CHOICES: readonly (readonly [string, string])[] = [
  ...catalogue.bundles.map((name) => [name, `${name} (several streams)`] as const),
  ...Object.entries(catalogue.streams),
];
const same = (names: readonly string[]) => names.map((name) => [name, name.replaceAll("_", " ")] as const);

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
      <ChoiceField
        {...rest}
        label="How much it matters"
        field="mode"
        value={node.mode ?? "auto"}
        choices={same(catalogue.modes)}
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
  return (
    <>
      <TextField
        {...rest}
        label="Symbol"
        field="symbol"
        limit={32}
        options={symbols}
        value={node.symbol}
        onChange={(symbol) => onChange({ ...node, symbol })}
      />
      <FlagField
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
        choices={same(catalogue.engines)}
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
          choices={same(catalogue.strategies)}
          onChange={(strategy) => change({ strategy })}
        />
      )}
      <NumberField
        {...rest}
        label="Minutes between decisions"
        field="cadenceMinutes"
        limit={catalogue.limits.cadenceMinutes}
        value={node.cadenceMinutes}
        onChange={(cadenceMinutes) => change({ cadenceMinutes })}
      />
      <LongTextField
        {...rest}
        label="Behaviour"
        field="behaviour"
        limit={catalogue.limits.behaviour}
        value={node.behaviour ?? ""}
        onChange={(behaviour) => change({ behaviour })}
      />
      <FlagField
        label="Enabled"
        value={node.enabled ?? true}
        disabled={rest.disabled}
        onChange={(enabled) => change({ enabled })}
      />
    </>
  );
}
