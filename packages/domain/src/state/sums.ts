/**
 * What rolling columns need of a set of panes, five numbers side by side: count, whole degrees and 2⁻³⁰ °C of the heat
 * index, count and hundredths of the temperature. The heat index's sum is in two parts so that both stay exact integers
 * for any number of observations: merging is associative to the last bit.
 */
export const SUMS_WIDTH = 5;

/** Merges sums into others. */
export function addSums(sums: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  sums[at]! += from[fromAt]!;
  sums[at + 1]! += from[fromAt + 1]!;
  sums[at + 2]! += from[fromAt + 2]!;
  sums[at + 3]! += from[fromAt + 3]!;
  sums[at + 4]! += from[fromAt + 4]!;
}

/** Copies sums over others. */
export function copySums(sums: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  sums[at] = from[fromAt]!;
  sums[at + 1] = from[fromAt + 1]!;
  sums[at + 2] = from[fromAt + 2]!;
  sums[at + 3] = from[fromAt + 3]!;
  sums[at + 4] = from[fromAt + 4]!;
}

/** Sums of nothing. By hand: `fill` costs more than the five stores. */
export function clearSums(sums: Float64Array, at: number): void {
  sums[at] = 0;
  sums[at + 1] = 0;
  sums[at + 2] = 0;
  sums[at + 3] = 0;
  sums[at + 4] = 0;
}

/** A heat-index sum in 2⁻³⁰ °C: exact below 2⁵³, the nearest float64 above, whatever the order of merging. */
export function heatIndexSum(wholeDegrees: number, fraction: number): number {
  return wholeDegrees * 1_073_741_824 + fraction;
}
