// The candles of one asset and one length: the newest page, older ones on request, and what closed since.

import { type Bar, join, meets, type Page, readBar, readPage } from "./bars.ts";

export type Ask = (address: string) => Promise<unknown>;

const PAGE = 300;
const RECENT = 30;

export class Tape {
  readonly #ask: Ask;
  readonly #address: string;
  #bars: readonly Bar[] = [];
  #before: string | null = null;
  #isLoading = false;

  constructor(ask: Ask, symbol: string, interval: string) {
    this.#ask = ask;
    this.#address = `/api/v1/assets/${encodeURIComponent(symbol)}/candles?interval=${interval}`;
  }

  get bars(): readonly Bar[] {
    return this.#bars;
  }

  /** Whether memory holds candles before the first one here. */
  get hasOlder(): boolean {
    return this.#before !== null;
  }

  async open(): Promise<void> {
    const page = await this.#page(PAGE);
    this.#bars = page.items;
    this.#before = page.nextBefore;
  }

  /** Fetch the page before the first candle; false where there is none, or one is on its way already. */
  async older(): Promise<boolean> {
    if (this.#before === null || this.#isLoading) return false;
    this.#isLoading = true;
    try {
      const page = await this.#page(PAGE, this.#before);
      this.#bars = join(page.items, this.#bars);
      this.#before = page.nextBefore;
    } finally {
      this.#isLoading = false;
    }
    return true;
  }

  /** Fetch what closed since the last candle; true where there is anything new. */
  async refresh(): Promise<boolean> {
    const last = this.#bars.at(-1);
    let page = await this.#page(RECENT);
    if (!meets(this.#bars, page.items)) page = await this.#page(PAGE);
    if (!meets(this.#bars, page.items)) {
      this.#bars = page.items;
      this.#before = page.nextBefore;
    } else this.#bars = join(this.#bars, page.items);
    return this.#bars.at(-1)?.time !== last?.time;
  }

  async #page(limit: number, before?: string): Promise<Page<Bar>> {
    const earlier = before === undefined ? "" : `&before=${encodeURIComponent(before)}`;
    return readPage(await this.#ask(`${this.#address}&limit=${limit}${earlier}`), readBar);
  }
}
