import type { IsothermClient, IsothermClientOptions } from '@isotherm/client';
import { CliError } from '../cli-error.ts';
import { openReadingFile } from '../send/reading-file.ts';
import { type SendProgress, sendFile } from '../send/send-file.ts';
import { type CompareFormula, naiveHeatIndex } from './naive-heat-index.ts';
import { type IndexedReading, naiveRolling } from './naive-rolling.ts';
import { readRolling } from './read-rolling.ts';

/** What a comparison found. */
export interface Comparison {
  readonly formula: CompareFormula;
  readonly readings: number;
  /** Readings that the platform rejected, and that are therefore in neither result. */
  readonly rejected: number;
  /** Rolling values compared. */
  readonly rows: number;
  /** Of these, read from ClickHouse; the others are each city's newest. */
  readonly rowsFromStore: number;
  /** Largest |difference| / max(1 °C, |value|). */
  readonly largestDifference: number;
  /** Where it is. */
  readonly largestAt: string;
  /** Values that only one of the two has. */
  readonly unmatched: number;
  /** From the first reading sent to the last rolling value read back. */
  readonly platformSeconds: number;
  readonly naiveSeconds: number;
  /** The city with the most readings, for a picture: the same minutes from both. */
  readonly curves: {
    readonly city: string;
    readonly minutes: readonly number[];
    readonly platform: readonly (number | undefined)[];
    readonly naive: readonly (number | undefined)[];
  };
}

/** Differences up to this much are rounding: heat-index sums are kept at 2⁻³⁰ °C. */
export const TOLERANCE = 1e-9;

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 1440;

/** Sends a file to a platform and computes its rolling heat index a second time. */
export async function compareFile(
  path: string,
  options: {
    readonly client: IsothermClient;
    /** Where `client` goes. */
    readonly connection: IsothermClientOptions;
    readonly formula: CompareFormula;
    readonly namespace: string;
    readonly signal: AbortSignal;
    readonly onProgress: (progress: SendProgress) => void;
  },
): Promise<Comparison> {
  const { client, formula, namespace, signal } = options;
  const startMs = performance.now();
  const sent = await sendFile(path, { ...options, nowMs: Date.now });
  if (sent.interrupted) throw new CliError('Interrupted.', { exitCode: 130 });
  if (sent.accepted + sent.rejected < sent.readings) {
    throw new CliError(
      `${sent.alreadyThere} readings of ${path} were there before; a comparison needs a namespace of its own.`,
    );
  }
  const readings = await readingsByCity(path, new Set(sent.problems.map(({ line }) => line)), formula);

  const naiveStartMs = performance.now();
  const naive = new Map([...readings].map(([city, rows]) => [city, naiveRolling(rows, WINDOW_MINUTES)]));
  const naiveMs = performance.now() - naiveStartMs;

  let rows = 0;
  let rowsFromStore = 0;
  let unmatched = 0;
  let largest = { difference: 0, at: '' };
  let curves: Comparison['curves'] = { city: '', minutes: [], platform: [], naive: [] };
  for (const [city, expected] of naive) {
    const minutes = [...expected.keys()];
    const { means, fromStore } = await readRolling(client, `${namespace}/${city}`, {
      minutes,
      readToken: sent.readToken,
      signal,
    });
    rowsFromStore += fromStore;
    for (const minute of minutes) {
      rows += 1;
      const difference = differenceOf(means.get(minute), expected.get(minute));
      if (difference === undefined) unmatched += 1;
      else if (difference > largest.difference)
        largest = { difference, at: `${city} ${new Date(minute * MINUTE_MS).toISOString()}` };
    }
    if (minutes.length > curves.minutes.length) {
      curves = {
        city,
        minutes,
        platform: minutes.map((minute) => means.get(minute)),
        naive: minutes.map((minute) => expected.get(minute)),
      };
    }
  }
  return {
    formula,
    readings: sent.readings,
    rejected: sent.rejected,
    rows,
    rowsFromStore,
    largestDifference: largest.difference,
    largestAt: largest.at,
    unmatched,
    platformSeconds: (performance.now() - startMs - naiveMs) / 1000,
    naiveSeconds: naiveMs / 1000,
    curves,
  };
}

/** Undefined where only one side has a value; 0 where neither has. */
function differenceOf(platform: number | undefined, naive: number | undefined): number | undefined {
  if (platform === undefined || naive === undefined) return platform === naive ? 0 : undefined;
  return Math.abs(platform - naive) / Math.max(1, Math.abs(naive));
}

async function readingsByCity(
  path: string,
  rejectedLines: ReadonlySet<number>,
  formula: CompareFormula,
): Promise<Map<string, IndexedReading[]>> {
  const byCity = new Map<string, IndexedReading[]>();
  const file = await openReadingFile(path);
  for await (const block of file.blocks()) {
    for (const line of block) {
      if (line.kind === 'problem' || rejectedLines.has(line.line)) continue;
      const { cityId, temperatureCelsius: temperature, relativeHumidityPercent: humidity } = line.observation;
      const heatIndex =
        temperature === undefined || humidity === undefined
          ? undefined
          : naiveHeatIndex(formula, temperature, humidity);
      const rows = byCity.get(cityId) ?? [];
      rows.push({ minute: Math.floor(line.timeMs / MINUTE_MS), heatIndex });
      byCity.set(cityId, rows);
    }
  }
  return byCity;
}
