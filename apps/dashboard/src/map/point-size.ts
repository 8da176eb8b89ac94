/** Smallest and largest population that the size of a point tells apart. */
const SMALLEST = Math.log10(15_000);
const LARGEST = Math.log10(25_000_000);

/** Weight 0–1 of a city by its inhabitants. Unknown counts as small. */
export function populationWeight(population: number): number {
  if (population <= 0) return 0;
  const share = (Math.log10(population) - SMALLEST) / (LARGEST - SMALLEST);
  return Math.min(1, Math.max(0, share));
}

/** Radius in CSS pixels of a city on a map of `scale` CSS pixels per world unit. The shader repeats this formula. */
export function pointRadius(weight: number, scale: number): number {
  return (1.15 + 3.1 * weight ** 1.6) * radiusFactor(scale);
}

/** Growth of points with the scale of the map: slower than the map, so that they part while zooming in. */
export function radiusFactor(scale: number): number {
  return Math.min(4.5, Math.max(0.8, (scale / 0.66) ** 0.46));
}
