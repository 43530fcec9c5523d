// A store that may be away, with one that stands in for it: while the first fails, uses are counted by the second. It begins its
// count anew, so that across an outage a window may see up to twice its limit; nobody is refused for the outage itself.
import type { CountedLimit, RateLimitCount, RateLimitStore, RateLimitUse } from '../../ports/rate-limits.js';

export class InsuredRateLimitStore implements RateLimitStore {
  readonly #first: RateLimitStore;
  readonly #insurance: RateLimitStore;
  readonly #onChange: (isInsured: boolean) => void;
  #isInsured = false;

  constructor(first: RateLimitStore, insurance: RateLimitStore, onChange: (isInsured: boolean) => void) {
    this.#first = first;
    this.#insurance = insurance;
    this.#onChange = onChange;
  }

  async take(key: string, limit: CountedLimit, now: Date): Promise<RateLimitUse> {
    try {
      const use = await this.#first.take(key, limit, now);
      this.#change(false);
      return use;
    } catch {
      this.#change(true);
      return this.#insurance.take(key, limit, now);
    }
  }

  async look(keys: readonly string[], now: Date): Promise<readonly (RateLimitCount | undefined)[]> {
    try {
      return await this.#first.look(keys, now);
    } catch {
      return this.#insurance.look(keys, now);
    }
  }

  #change(isInsured: boolean): void {
    if (this.#isInsured === isInsured) return;
    this.#isInsured = isInsured;
    this.#onChange(isInsured);
  }
}
