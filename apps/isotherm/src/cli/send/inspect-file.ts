import type { ReadingFile } from './reading-file.ts';

/** What a file holds, found before anything is sent. */
export interface FileSummary {
  readonly readings: number;
  readonly badLines: number;
  /** Cities with the time of their first and last reading in ms. */
  readonly cities: ReadonlyMap<string, { readonly fromMs: number; readonly toMs: number }>;
}

/** Reads a file through. */
export async function inspectFile(file: ReadingFile): Promise<FileSummary> {
  const cities = new Map<string, { fromMs: number; toMs: number }>();
  let readings = 0;
  let badLines = 0;
  for await (const block of file.blocks()) {
    for (const line of block) {
      if (line.kind === 'problem') {
        badLines += 1;
        continue;
      }
      readings += 1;
      const { observation, timeMs } = line;
      const span = cities.get(observation.cityId);
      if (span === undefined) {
        cities.set(observation.cityId, { fromMs: timeMs, toMs: timeMs });
      } else {
        span.fromMs = Math.min(span.fromMs, timeMs);
        span.toMs = Math.max(span.toMs, timeMs);
      }
    }
  }
  return { readings, badLines, cities };
}
