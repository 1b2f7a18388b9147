import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, record, redo, undo } from "../graph/history.ts";

test("every step can be taken back and repeated", () => {
  let steps = begin("a");
  steps = record(steps, "b", "", 0);
  steps = record(steps, "c", "", 10_000);
  assert.equal(undo(undo(steps)).present, "a");
  assert.equal(redo(redo(undo(undo(steps)))).present, "c");
  const alone = begin("a");
  assert.equal(undo(alone), alone);
  assert.equal(redo(steps), steps);
});

test("a new step after going back forgets what was ahead", () => {
  const forked = record(undo(record(begin("a"), "b", "", 0)), "c", "", 1);
  assert.equal(redo(forked), forked);
  assert.equal(undo(forked).present, "a");
});

test("typing into one block is one step, a pause or another block begins the next", () => {
  let steps = begin("");
  steps = record(steps, "m", "prompt", 1000);
  steps = record(steps, "mo", "prompt", 1300);
  assert.equal(undo(steps).present, "");
  steps = record(steps, "moo", "prompt", 9000);
  assert.equal(undo(steps).present, "mo");
  steps = record(steps, "x", "asset", 9100);
  assert.equal(undo(steps).present, "moo");
});
