/** Records of a partition under way: how far all of them are kept. */
export class OffsetTracker {
  readonly #underWay = new Set<bigint>();
  #next: bigint | undefined;
  #waiting: (() => void) | undefined;

  get underWay(): number {
    return this.#underWay.size;
  }

  /** A record is taken on. */
  begin(offset: bigint): void {
    this.#underWay.add(offset);
    this.#next = offset + 1n;
  }

  /** It is kept. */
  done(offset: bigint): void {
    this.#underWay.delete(offset);
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Resolves when fewer than so many are under way. For one caller. */
  async room(limit: number): Promise<void> {
    while (this.#underWay.size >= limit) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** The first offset that is not known to be kept; undefined before the first record. */
  get position(): bigint | undefined {
    let least = this.#next;
    for (const offset of this.#underWay) if (least === undefined || offset < least) least = offset;
    return least;
  }
}
