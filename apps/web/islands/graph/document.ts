// The graph document as apps/clones/graph compiles it, and a reader that trusts nothing it is given.

export interface StreamNode {
  id: string;
  kind: "data_stream";
  stream: string;
  mode?: string;
}

export interface AssetNode {
  id: string;
  kind: "asset";
  symbol: string;
  active?: boolean;
}

export interface Wakes {
  priceMoveBps?: number;
  stopHit?: boolean;
  newMarket?: boolean;
}

export interface PromptNode {
  id: string;
  kind: "trading_prompt";
  engine: string;
  cadenceMinutes: number;
  name?: string;
  strategy?: string;
  enabled?: boolean;
  behaviour?: string;
  wakes?: Wakes;
}

export type GraphNode = StreamNode | AssetNode | PromptNode;
export type Kind = GraphNode["kind"];

export interface GraphEdge {
  from: string;
  to: string;
}

export interface GraphDocument {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export const KINDS: readonly Kind[] = ["data_stream", "asset", "trading_prompt"];
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  data_stream: "Data stream",
  asset: "Asset",
  trading_prompt: "Trading prompt",
};
export const EMPTY: GraphDocument = { nodes: [], edges: [] };

/** `mean_reversion` as "Mean reversion". */
export function spelt(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

/** The document in `value`; throws a TypeError that names the place where it is none. */
export function readDocument(value: unknown): GraphDocument {
  const fields = record(value, "document");
  return {
    nodes: list(fields.nodes, "nodes").map((raw, index) => readNode(raw, `nodes[${index}]`)),
    edges: list(fields.edges, "edges").map((raw, index) => {
      const edge = record(raw, `edges[${index}]`);
      return { from: text(edge.from, `edges[${index}].from`), to: text(edge.to, `edges[${index}].to`) };
    }),
  };
}

function readNode(raw: unknown, path: string): GraphNode {
  const fields = record(raw, path);
  const id = text(fields.id, `${path}.id`);
  switch (fields.kind) {
    case "data_stream": {
      const stream = text(fields.stream, `${path}.stream`);
      return { id, kind: fields.kind, stream, ...optional(fields, path, { mode: text }) };
    }
    case "asset": {
      const symbol = text(fields.symbol, `${path}.symbol`);
      return { id, kind: fields.kind, symbol, ...optional(fields, path, { active: flag }) };
    }
    case "trading_prompt": {
      const engine = text(fields.engine, `${path}.engine`);
      const cadenceMinutes = whole(fields.cadenceMinutes, `${path}.cadenceMinutes`);
      const readers = { name: text, strategy: text, enabled: flag, behaviour: text, wakes: readWakes };
      const rest = optional(fields, path, readers);
      return { id, kind: fields.kind, engine, cadenceMinutes, ...rest };
    }
    default:
      throw new TypeError(`${path}.kind: must be one of ${KINDS.join(", ")}`);
  }
}

function readWakes(raw: unknown, path: string): Wakes {
  return optional(record(raw, path), path, { priceMoveBps: whole, stopHit: flag, newMarket: flag });
}

/** Whether anything wakes a prompt before its cadence. */
export function isWaking(wakes: Wakes | undefined): boolean {
  return Boolean(wakes?.priceMoveBps || wakes?.stopHit || wakes?.newMarket);
}

type Reader<T> = (value: unknown, path: string) => T;
type Readers = Record<string, Reader<unknown>>;
type Read<R extends Readers> = { [K in keyof R]?: ReturnType<R[K]> };

function optional<R extends Readers>(fields: Record<string, unknown>, path: string, readers: R): Read<R> {
  const found: Read<R> = {};
  for (const name of Object.keys(readers) as (keyof R & string)[]) {
    const reader = readers[name];
    if (reader && name in fields)
      found[name] = reader(fields[name], `${path}.${name}`) as ReturnType<R[typeof name]>;
  }
  return found;
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${path}: must be an object`);
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${path}: must be a list`);
  return value;
}

function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw new TypeError(`${path}: must be a text`);
  return value;
}

function flag(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${path}: must be true or false`);
  return value;
}

function whole(value: unknown, path: string): number {
  if (!Number.isInteger(value)) throw new TypeError(`${path}: must be a whole number`);
  return value as number;
}
