// Prices, volumes and rates of the market's charts as text.

const MINUS = "−";

/** How many places a price needs to be read to five figures or more. */
export function places(price: number): number {
  const size = Math.abs(price);
  if (size >= 10_000) return 1;
  if (size >= 1_000) return 2;
  return size >= 1 ? 4 : 6;
}

export function price(value: number): string {
  const fixed = places(value);
  return signed(
    value,
    Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: fixed, maximumFractionDigits: fixed }),
  );
}

/** A large number in three figures: 12.3k, 4.56M. */
export function short(value: number): string {
  return signed(
    value,
    Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 }).format(Math.abs(value)),
  );
}

/** A fraction as a percentage with as many places as an hourly funding rate needs. */
export function rate(value: number): string {
  return signed(value, `${(Math.abs(value) * 100).toFixed(4)}%`);
}

function signed(value: number, size: string): string {
  return value < 0 ? MINUS + size : size;
}
