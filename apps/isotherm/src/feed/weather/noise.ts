/** Smooth noise in [−1, 1): `channel` tells independent courses apart, `position` moves along one by whole lattice steps. */
export type Noise = (channel: number, position: number) => number;

/** Value noise over an integer hash: the same seed gives the same course. */
export function createNoise(seed: number): Noise {
  const base = Math.imul(seed | 0, 0x9e3779b1);
  const lattice = (channel: number, step: number): number => {
    // Finalizer of MurmurHash3 (public domain, A. Appleby).
    let h = base ^ Math.imul(channel | 0, 0x85ebca6b) ^ Math.imul(step | 0, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) / 2 ** 31;
  };
  return (channel, position) => {
    const step = Math.floor(position);
    const share = position - step;
    const from = lattice(channel, step);
    return from + (lattice(channel, step + 1) - from) * share * share * (3 - 2 * share);
  };
}
