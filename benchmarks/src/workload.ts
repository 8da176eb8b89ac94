/** A city's weather in hundredths, made of integers alone: the same in the producer and in the check. */
export interface Reading {
  readonly temperatureCenti: number;
  readonly humidityCenti: number;
  readonly windCenti: number;
}

/** Writes the reading of a city at a second of the run into the columns. */
export function writeReading(
  city: number,
  second: number,
  columns: { readonly t: Int32Array; readonly h: Int32Array; readonly w: Int32Array },
  row: number,
): void {
  const mix = Math.imul(city + 1, 2654435761) ^ Math.imul(second + 1, 40503);
  columns.t[row] = 1500 + (city % 2500) + (mix & 127);
  columns.h[row] = 3000 + ((city * 7) % 5000) + ((mix >>> 7) & 127);
  columns.w[row] = 100 + ((mix >>> 14) & 1023);
}

/** The reading of a city at a second of the run. */
export function readingAt(city: number, second: number): Reading {
  const columns = { t: new Int32Array(1), h: new Int32Array(1), w: new Int32Array(1) };
  writeReading(city, second, columns, 0);
  return { temperatureCenti: columns.t[0] ?? 0, humidityCenti: columns.h[0] ?? 0, windCenti: columns.w[0] ?? 0 };
}
