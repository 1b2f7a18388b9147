// A value of the chart as text: hundredths of a percent, or cents.

export type Unit = "bps" | "cents";

export function readUnit(text: string | null): Unit {
  return text === "cents" ? "cents" : "bps";
}

export function format(value: number, unit: Unit): string {
  const size = (Math.abs(value) / 100).toLocaleString("en-US", {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  if (unit === "cents") return `${value < 0 ? "−" : ""}$${size}`;
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${size}%`;
}
