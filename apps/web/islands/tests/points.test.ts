import assert from "node:assert/strict";
import { test } from "node:test";
import { format } from "../chart/formats.ts";
import { join, readChartData } from "../chart/points.ts";

test("points come out ascending, one a second, the later value kept", () => {
  const known = join(
    [],
    [
      [3000, 3],
      [1000, 1],
      [1900, 2],
    ],
  );
  assert.deepEqual(known, [
    [1900, 2],
    [3000, 3],
  ]);
  assert.deepEqual(
    join(known, [
      [3000, 9],
      [2000, 5],
      [4000, 4],
    ]),
    [
      [1900, 2],
      [2000, 5],
      [3000, 9],
      [4000, 4],
    ],
  );
});

test("what is no chart data is refused with the place of the fault", () => {
  const series = (points: unknown) => ({ series: [{ name: "a", points }] });
  assert.throws(() => readChartData(series([[1, null]])), /^TypeError: series\[0\]\.points\[0\]/);
  assert.throws(() => readChartData(series("x")), /series\[0\]\.points: must be a list/);
  assert.throws(() => readChartData({ series: [{ name: "", points: [] }] }), /name/);
  const twice = { series: ["x", "x"].map((name) => ({ name, points: [] })) };
  assert.throws(() => readChartData(twice), /a key stands twice/);
  assert.equal(readChartData({ series: [], baseline: "0" }).baseline, null);
});

test("values are written as percent or dollars with a true minus", () => {
  assert.equal(format(1234, "bps"), "+12.34%");
  assert.equal(format(-5, "bps"), "−0.05%");
  assert.equal(format(-123456, "cents"), "−$1,234.56");
});
