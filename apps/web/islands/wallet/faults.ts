// What can go wrong between a wallet, this page and the server, as stable codes.

export type Step = "connect" | "network" | "sign" | "enter";

/** A step that failed: the server's code or one of ours, and what is known beside it. */
export class Fault extends Error {
  readonly code: string;
  readonly waitSeconds: number;

  constructor(code: string, detail = "", waitSeconds = 0) {
    super(detail);
    this.code = code;
    this.waitSeconds = waitSeconds;
  }
}

const LONGEST_DETAIL = 160;
const REJECTED = new Set([4001, 5000]);
const UNSUPPORTED = new Set([4200, -32601, -32004]);

/** The code of a wallet's error (EIP-1193, EIP-1474), also where a wallet has wrapped it; null for none. */
export function walletCode(error: unknown): number | null {
  if (typeof error !== "object" || error === null) return null;
  const { code, data, cause } = error as Record<string, unknown>;
  const inner = (data as { originalError?: { code?: unknown } } | null | undefined)?.originalError?.code;
  if (code === "ACTION_REJECTED") return 4001;
  const number = typeof inner === "number" ? inner : code;
  if (typeof number === "number") return number;
  return cause === undefined ? null : walletCode(cause);
}

export const isUnsupported = (error: unknown): boolean => UNSUPPORTED.has(walletCode(error) ?? 0);

/** A wallet that does not know the network: 4902, which some put inside an internal error. */
export const isUnknownNetwork = (error: unknown): boolean => walletCode(error) === 4902;

/** What a wallet threw as a fault of the step. */
export function walletFault(error: unknown, step: Step): Fault {
  if (error instanceof Fault) return error;
  const code = walletCode(error);
  const said = detailOf(error);
  if (code !== null && REJECTED.has(code))
    return new Fault(step === "sign" ? "SIGNING_DECLINED" : "CONNECTION_DECLINED");
  if (code === null && /\b(?:reject|denied|decline|cancel)/i.test(said))
    return new Fault(step === "sign" ? "SIGNING_DECLINED" : "CONNECTION_DECLINED");
  if (code === -32002) return new Fault("WALLET_BUSY");
  if (code === 4100) return new Fault("WALLET_LOCKED");
  if (code === 4900 || code === 4901) return new Fault("WALLET_DISCONNECTED");
  return new Fault("WALLET_FAILED", said);
}

/** A server's refusal as a fault; `body` is what it said, JSON or not. */
export function serverFault(status: number, body: string, retryAfter: string | null): Fault {
  const problem = readProblem(body);
  const code = problem.code || (status === 403 ? "CSRF_FAILED" : status >= 500 ? "SERVER_FAILED" : "REFUSED");
  const wait = Number(retryAfter);
  return new Fault(code, problem.detail, Number.isFinite(wait) && wait > 0 ? Math.ceil(wait) : 0);
}

function readProblem(body: string): { code: string; detail: string } {
  try {
    const { code, detail } = JSON.parse(body) as Record<string, unknown>;
    return { code: typeof code === "string" ? code : "", detail: typeof detail === "string" ? detail : "" };
  } catch {
    return { code: "", detail: "" };
  }
}

function detailOf(error: unknown): string {
  const message =
    typeof error === "object" && error !== null ? (error as { message?: unknown }).message : error;
  return typeof message === "string" ? message.slice(0, LONGEST_DETAIL) : "";
}
