import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, type Api, type Draft, refusalOf } from "../builder/api.ts";
import { keeping } from "../builder/keeping.ts";
import { words } from "../builder/saving.ts";
import { Session } from "../builder/session.ts";
import type { GraphDocument } from "../graph/document.ts";
import type { Complaint } from "../graph/faults.ts";
import { SOUND } from "./documents.ts";

const OTHER: GraphDocument = { nodes: SOUND.nodes.slice(0, 2), edges: [] };
const MINE: GraphDocument = { nodes: SOUND.nodes.slice(0, 3), edges: [] };

/** A server that holds one draft, refuses overtaken saves, and finds the faults it is told to. */
function server(revision = 1) {
  const held: Draft & { faults: Complaint[]; saves: number } = {
    document: SOUND,
    revision,
    faults: [],
    saves: 0,
  };
  const none = async (): Promise<Answer<never>> => ({ refusal: refusalOf(500, {}) });
  const api: Api = {
    check: async () => ({ value: held.faults }),
    compose: none,
    read: async () => ({ value: { document: held.document, revision: held.revision } }),
    save: async (document, expected) => {
      if (expected !== held.revision) return { refusal: refusalOf(412, { detail: "moved on" }) };
      held.saves += 1;
      held.document = document;
      held.revision += 1;
      return { value: { document, revision: held.revision } };
    },
    publish: none,
  };
  return { held, api };
}

function sitting({ held, api }: ReturnType<typeof server>) {
  const stored = new Map<string, string>();
  const store = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  };
  const kept = keeping(() => store, "draft");
  const due: (() => void)[] = [];
  const start = { document: held.document, revision: held.revision, tier: "starter" };
  const session = new Session(
    start,
    api,
    kept,
    () => {},
    (act) => void due.push(act),
  );
  const settle = async () => {
    while (due.length) due.shift()?.();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { session, kept, settle };
}

test("a sound edit is saved over the revision that was read", async () => {
  const world = server(3);
  const { session, settle, kept } = sitting(world);
  session.edit(MINE);
  assert.equal(session.saving.phase, "waiting");
  assert.deepEqual(kept.find(3), MINE);
  await settle();
  assert.equal(words(session.saving), "Saved · revision 4");
  assert.deepEqual(world.held.document, MINE);
  assert.equal(kept.find(3), undefined);
});

test("quick edits are one save, and the last one wins", async () => {
  const world = server();
  const { session, settle } = sitting(world);
  session.edit(OTHER);
  session.edit(MINE);
  await settle();
  assert.equal(world.held.saves, 1);
  assert.deepEqual(world.held.document, MINE);
});

test("an edit during a save is saved after it", async () => {
  const world = server();
  const { session, settle } = sitting(world);
  session.edit(OTHER);
  const first = session.check();
  session.edit(MINE);
  await first;
  await settle();
  assert.deepEqual(world.held.document, MINE);
  assert.equal(session.saving.phase, "saved");
});

test("what has faults is not sent, and is kept in the browser", async () => {
  const world = server();
  const { session, settle, kept } = sitting(world);
  world.held.faults = [{ path: "nodes", message: "holds no trading_prompt" }];
  session.edit(OTHER);
  await settle();
  assert.equal(session.saving.phase, "faulty");
  assert.equal(world.held.saves, 0);
  assert.deepEqual(kept.find(1), OTHER);
  assert.equal(session.unsaved, true);
  world.held.faults = [];
  session.edit(MINE);
  await settle();
  assert.equal(session.saving.phase, "saved");
});

test("two tabs: the second learns of the first, and keeping mine replaces theirs knowingly", async () => {
  const world = server();
  const first = sitting(world);
  const second = sitting(world);
  first.session.edit(OTHER);
  await first.settle();
  second.session.edit(MINE);
  await second.settle();
  assert.equal(second.session.saving.phase, "conflict");
  assert.deepEqual(world.held.document, OTHER);
  second.session.edit({ nodes: [], edges: [] });
  await second.settle();
  assert.equal(second.session.saving.phase, "conflict");
  await second.session.keepMine();
  assert.equal(second.session.saving.phase, "saved");
  assert.deepEqual(world.held.document, { nodes: [], edges: [] });
});

test("taking theirs shows what the other tab saved", async () => {
  const world = server();
  const first = sitting(world);
  const second = sitting(world);
  first.session.edit(OTHER);
  await first.settle();
  second.session.edit(MINE);
  await second.settle();
  assert.equal(await second.session.takeTheirs(), true);
  assert.deepEqual(second.session.document, OTHER);
  assert.equal(words(second.session.saving), "Saved · revision 2");
});

test("an idle tab follows, a busy one does not", async () => {
  const world = server();
  const first = sitting(world);
  const second = sitting(world);
  first.session.edit(OTHER);
  await first.settle();
  assert.equal(await second.session.follow(), true);
  assert.deepEqual(second.session.document, OTHER);
  first.session.edit(MINE);
  await first.settle();
  second.session.edit({ nodes: [], edges: [] });
  assert.equal(await second.session.follow(), false);
});

test("a refusal is told by its detail, a signed-out page what to do", () => {
  assert.equal(refusalOf(403, { detail: "No.", code: "ENTITLEMENT_LOST" }).detail, "No.");
  assert.match(refusalOf(401, { detail: "Not signed in." }).detail, /Sign in again/);
  assert.equal(refusalOf(502, {}).detail, "The server refused this.");
});

test("a store that refuses, or holds nonsense, takes nothing away", () => {
  const torn = { getItem: () => "{", setItem: () => {}, removeItem: () => {} };
  const forbidden = (): Storage => {
    throw new Error("the browser forbids it");
  };
  for (const store of [() => torn, forbidden]) {
    const kept = keeping(store, "draft");
    kept.keep(SOUND, 1);
    assert.equal(kept.find(1), undefined);
    kept.drop();
  }
});
