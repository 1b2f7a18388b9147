// The few calls of the builder to /api/v1, with the page's session; every refusal comes back as its detail.

import type { GraphDocument } from "../graph/document.ts";
import { readDocument } from "../graph/document.ts";
import type { Complaint } from "../graph/faults.ts";
import type { Choices } from "./basic.ts";

export interface Urls {
  draft: string;
  publish: string;
  check: string;
  basic: string;
  summary: string;
  versions: string;
}

export interface Refusal {
  status: number;
  code: string;
  detail: string;
}

export type Answer<T> = { value: T } | { refusal: Refusal };

export interface Draft {
  document: GraphDocument;
  revision: number;
}

export interface Api {
  check(document: GraphDocument, tier: string): Promise<Answer<Complaint[]>>;
  compose(choices: Choices): Promise<Answer<GraphDocument>>;
  read(): Promise<Answer<Draft>>;
  save(document: GraphDocument, revision: number): Promise<Answer<Draft>>;
  publish(revision: number): Promise<Answer<{ number: number }>>;
}

const UNREACHABLE: Refusal = {
  status: 0,
  code: "UNREACHABLE",
  detail: "The server cannot be reached. Your work is kept in this tab.",
};

export function connect(urls: Urls, token: string): Api {
  const ask = async <T>(method: string, url: string, options: Options, read: (body: Body) => T) => {
    const headers: Record<string, string> = { Accept: "application/json", "X-CSRFToken": token };
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    if (options.revision !== undefined) headers["If-Match"] = `"r${options.revision}"`;
    try {
      const body = options.body === undefined ? null : JSON.stringify(options.body);
      const answer = await fetch(url, {
        method,
        headers,
        body,
        credentials: "same-origin",
        cache: "no-store",
      });
      const said = (await answer.json()) as Body;
      return answer.ok ? { value: read(said) } : { refusal: refusalOf(answer.status, said) };
    } catch {
      return { refusal: UNREACHABLE };
    }
  };
  const draft = (body: Body): Draft => ({
    document: readDocument(body.document),
    revision: Number(body.revision),
  });
  return {
    check: (document, tier) => ask("POST", urls.check, { body: { document, tier } }, complaintsOf),
    compose: (choices) => ask("POST", urls.basic, { body: choices }, (body) => readDocument(body.document)),
    read: () => ask("GET", urls.draft, {}, draft),
    save: (document, revision) => ask("PUT", urls.draft, { body: { document }, revision }, draft),
    publish: (revision) =>
      ask("POST", urls.publish, { body: {}, revision }, (body) => ({ number: Number(body.number) })),
  };
}

type Body = Record<string, unknown>;

interface Options {
  body?: unknown;
  revision?: number;
}

/** What a problem says; a signed-out page is told what to do. */
export function refusalOf(status: number, body: Body): Refusal {
  const detail = typeof body.detail === "string" ? body.detail : "The server refused this.";
  const code = typeof body.code === "string" ? body.code : "";
  if (status === 401)
    return { status, code, detail: `${detail} Sign in again in another tab, then go on here.` };
  return { status, code, detail };
}

function complaintsOf(body: Body): Complaint[] {
  const faults = Array.isArray(body.faults) ? (body.faults as Body[]) : [];
  return faults.map((fault) => ({ path: String(fault.path), message: String(fault.message) }));
}
