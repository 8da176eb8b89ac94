/** A seeded source of numbers: the same seed gives the same numbers, on any machine. */
export interface Prng {
  /** 32 random bits. */
  uint32(): number;
  /** 0 ≤ x < 1, with 53 random bits. */
  float(): number;
  /** A whole number, 0 ≤ x < bound. */
  below(bound: number): number;
  /** An entry of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** A source of its own, whose numbers do not depend on how many were drawn here afterwards. */
  fork(): Prng;
}

/**
 * xoshiro128** 1.1 of Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c), its state filled from the seed
 * by splitmix32, the 32-bit finalizer of MurmurHash3 over a Weyl sequence. For tests and faults, never for secrets.
 *
 * @param seed any number; its lower 32 bits count.
 */
export function createPrng(seed: number): Prng {
  let weyl = seed | 0;
  const split = (): number => {
    weyl = (weyl + 0x9e3779b9) | 0;
    let z = weyl;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let [a, b, c, d] = [split(), split(), split(), split()];

  const prng: Prng = {
    uint32() {
      const five = Math.imul(b, 5);
      const result = Math.imul((five << 7) | (five >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      return result >>> 0;
    },
    float: () => ((prng.uint32() >>> 5) * 0x400_0000 + (prng.uint32() >>> 6)) / 0x20_0000_0000_0000,
    below: (bound) => Math.floor(prng.float() * bound),
    pick(list) {
      if (list.length === 0) throw new RangeError('Nothing can be picked from an empty list.');
      return list[prng.below(list.length)]!;
    },
    chance: (probability) => prng.float() < probability,
    fork: () => createPrng(prng.uint32()),
  };
  return prng;
}
