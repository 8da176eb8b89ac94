/** What a city costs besides its panes: its facts, its share of a chunk, its forecast. */
export const CITY_COST_BYTES = 6_144;
/** What a pane costs: itself, and what rows that are not full leave unused. */
export const PANE_COST_BYTES = 48;
/** What a pane costs in addition whose numbers are in the side slab. */
export const SIDE_COST_BYTES = 144;
/** A tenant may have so many times what is left. */
const SHARE_OF_REST = 4;

/**
 * What a partition's tenants take of its memory, counted by what they sent, and whether they may take more. Nothing but
 * the log decides it: counts are of cities and panes, not of what the process happens to have allocated.
 *
 * A tenant may have four times of what nobody has (dynamic thresholds: A. K. Choudhury and E. L. Hahne, Dynamic Queue Length
 * Thresholds for Shared-Memory Packet Switches, 1998): one alone 4/5 of all, two 4/9 each; some is always left for others.
 */
export class StateBudget {
  readonly #names: string[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #bytes: number[] = [];
  #total = 0;

  /** Bytes that all tenants take. */
  get totalBytes(): number {
    return this.#total;
  }

  /** Number of a tenant, from 0 in order of their first city. */
  indexOf(tenant: string): number {
    const known = this.#indexes.get(tenant);
    if (known !== undefined) return known;
    const index = this.#names.push(tenant) - 1;
    this.#bytes.push(0);
    this.#indexes.set(tenant, index);
    return index;
  }

  /** Whether a tenant may take something. */
  hasRoom(tenant: number, maxBytes: number): boolean {
    return this.#bytes[tenant]! <= SHARE_OF_REST * (maxBytes - this.#total);
  }

  charge(tenant: number, bytes: number): void {
    this.#bytes[tenant]! += bytes;
    this.#total += bytes;
  }

  refund(tenant: number, bytes: number): void {
    this.charge(tenant, -bytes);
  }

  /** What each tenant takes, in order of their numbers. */
  *[Symbol.iterator](): Generator<{ readonly tenant: string; readonly bytes: number }> {
    for (const [index, tenant] of this.#names.entries()) yield { tenant, bytes: this.#bytes[index]! };
  }

  /** Nobody takes anything; nobody is known. */
  clear(): void {
    this.#names.length = 0;
    this.#bytes.length = 0;
    this.#indexes.clear();
    this.#total = 0;
  }
}
