import assert from "node:assert/strict";
import { test } from "node:test";
import { hourly, join, meets, readBar, readPage } from "../market/bars.ts";
import { price, rate, short } from "../market/formats.ts";
import { bollinger, ema, macd, rsi, sma } from "../market/indicators.ts";
import reference from "../market/reference.json" with { type: "json" };
import { Tape } from "../market/tape.ts";

const MINUTE = 60;
const START = Date.UTC(2026, 10, 1) / 1000;

const moment = (time: number) => new Date(time * 1000).toISOString();
const row = (time: number, close = 10) => ({
  openAt: moment(time),
  open: "10.00",
  high: "12.00",
  low: "9.00",
  close: close.toFixed(2),
  volume: "1.5",
});

/** A server with this many closed minutes, which answers as the API does and counts what it is asked. */
function venue(count: number) {
  const asked: string[] = [];
  const state = { count, asked, isDown: false };
  const ask = async (address: string): Promise<unknown> => {
    asked.push(address);
    if (state.isDown) throw new Error("down");
    const query = new URL(address, "http://venue").searchParams;
    const limit = Number(query.get("limit"));
    const end = query.get("before")
      ? (Date.parse(query.get("before") ?? "") / 1000 - START) / MINUTE
      : state.count;
    const first = Math.max(0, end - limit);
    const items = Array.from({ length: end - first }, (_, index) => row(START + (first + index) * MINUTE));
    return { items, nextBefore: items.length === limit ? items[0]?.openAt : null };
  };
  return { ask, state };
}

test("the newest page comes first, and older pages join it without a gap or a candle twice", async () => {
  const { ask, state } = venue(700);
  const tape = new Tape(ask, "BTC", "1m");
  await tape.open();
  assert.deepEqual([tape.bars.length, tape.hasOlder], [300, true]);
  const both = await Promise.all([tape.older(), tape.older()]);
  assert.deepEqual(both, [true, false], "a page that is on its way is not asked for twice");
  await tape.older();
  assert.deepEqual([tape.bars.length, tape.hasOlder], [700, false]);
  assert.equal(await tape.older(), false);
  assert.equal(state.asked.length, 3);
  tape.bars.forEach((bar, index) => void assert.equal(bar.time, START + index * MINUTE));
});

test("what closed since is added, also after a long silence", async () => {
  const { ask, state } = venue(100);
  const tape = new Tape(ask, "BTC", "1m");
  await tape.open();
  assert.equal(await tape.refresh(), false);
  state.count = 103;
  assert.equal(await tape.refresh(), true);
  assert.equal(tape.bars.length, 103);
  state.count = 250;
  await tape.refresh();
  assert.equal(tape.bars.length, 250, "the short page did not reach back to what was known");
  state.count = 2000;
  await tape.refresh();
  assert.equal(tape.bars.length, 300, "a gap is never drawn over");
  assert.equal(tape.bars[0]?.time, START + 1700 * MINUTE);
  assert.equal(tape.hasOlder, true);
});

test("a failure leaves what is known, and the next attempt works", async () => {
  const { ask, state } = venue(700);
  const tape = new Tape(ask, "kPEPE/x", "1h");
  await tape.open();
  assert.match(state.asked[0] ?? "", /assets\/kPEPE%2Fx\/candles\?interval=1h/);
  state.isDown = true;
  await assert.rejects(tape.older());
  await assert.rejects(tape.refresh());
  assert.equal(tape.bars.length, 300);
  state.isDown = false;
  assert.equal(await tape.older(), true);
});

test("what is no page of candles is refused with the place of the fault", () => {
  const page = (items: unknown) => ({ items, nextBefore: null });
  assert.throws(() => readPage(page("x"), readBar), /items: must be a list/);
  assert.throws(() => readPage({ items: [], nextBefore: 3 }, readBar), /nextBefore/);
  assert.throws(() => readPage(page([{ ...row(START), close: 12.5 }]), readBar), /items\[0\]\.close/);
  assert.throws(() => readPage(page([{ ...row(START), volume: "NaN" }]), readBar), /items\[0\]\.volume/);
  assert.throws(() => readPage(page([{ ...row(START), openAt: "soon" }]), readBar), /items\[0\]\.openAt/);
});

test("a later value of the same candle replaces the earlier one", () => {
  const known = [
    { time: 1, close: 1 },
    { time: 2, close: 2 },
  ] as const;
  assert.deepEqual(join<{ time: number; close: number }>(known, [{ time: 2, close: 9 }]), [
    { time: 1, close: 1 },
    { time: 2, close: 9 },
  ]);
  assert.deepEqual(hourly([3600, 7199, 7200].map((time) => ({ time, value: time }))), [
    { time: 3600, value: 7199 },
    { time: 7200, value: 7200 },
  ]);
  assert.equal(meets(known, [{ time: 2 }]), true);
  assert.equal(meets(known, [{ time: 3 }]), false);
  assert.equal(meets([], [{ time: 3 }]), true);
});

test("indicators end where the server's end", () => {
  const closes = reference.closes.map((micros) => micros / 1e6);
  const wanted = reference.indicators;
  const near = (found: number | null | undefined, micros: number) =>
    void assert.ok(Math.abs((found ?? Number.NaN) - micros / 1e6) < 2e-6, `${found} is not ${micros / 1e6}`);
  near(sma(closes).at(-1), wanted.sma_20_micros);
  near(ema(closes).at(-1), wanted.ema_20_micros);
  near(bollinger(closes).upper.at(-1), wanted.bollinger_upper_micros);
  near(bollinger(closes).lower.at(-1), wanted.bollinger_lower_micros);
  near(rsi(closes).at(-1), wanted.rsi_14_e6);
  near(macd(closes).line.at(-1), wanted.macd_nanos / 1e3);
  near(macd(closes).signal.at(-1), wanted.macd_signal_nanos / 1e3);
  near(macd(closes).histogram.at(-1), wanted.macd_histogram_nanos / 1e3);
});

test("every line is as long as its closes and begins when there is enough", () => {
  for (const count of [0, 1, 14, 20, 33, 34, 60]) {
    const closes = Array.from({ length: count }, (_, index) => 100 + Math.sin(index));
    const firsts = [
      [sma(closes), 19],
      [ema(closes), 19],
      [bollinger(closes).upper, 19],
      [rsi(closes), 14],
      [macd(closes).line, 25],
      [macd(closes).signal, 33],
      [macd(closes).histogram, 33],
    ] as const;
    for (const [line, first] of firsts) {
      assert.equal(line.length, count);
      const begins = line.findIndex((value) => value !== null);
      assert.equal(begins, count > first ? first : -1);
      assert.ok(line.every((value) => value === null || Number.isFinite(value)));
    }
  }
  assert.equal(rsi(new Array<number>(20).fill(5)).at(-1), 50, "a price that never moved");
});

test("numbers read as on the rest of the page", () => {
  assert.equal(price(64_997.25), "64,997.3");
  assert.equal(price(0.0731), "0.073100");
  assert.equal(price(-12.5), "−12.5000");
  assert.equal(short(1_947_297_768), "1.95B");
  assert.equal(rate(-0.0000125), "−0.0013%");
});
