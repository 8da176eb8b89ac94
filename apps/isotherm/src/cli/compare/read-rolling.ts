import type { IsothermClient, ReadToken } from '@isotherm/client';
import { CliError } from '../cli-error.ts';

/** Rolling 24 h means of a city as the platform has them, °C by minute since the epoch. */
export interface PlatformRolling {
  readonly means: Map<number, number | undefined>;
  /** Rows that came from ClickHouse; the newest minute, still open, comes from memory. */
  readonly fromStore: number;
}

const MINUTE_MS = 60_000;
const PATIENCE_MS = 120_000;

/**
 * Reads a city's rolling values back: minute rows from ClickHouse, all that the token covers, and the newest minute from
 * the hot state, for it is stored only when it closes.
 *
 * @param minutes minutes expected, ascending
 * @throws CliError if rows are missing
 */
export async function readRolling(
  client: IsothermClient,
  cityId: string,
  options: {
    readonly minutes: readonly number[];
    readonly readToken: ReadToken | undefined;
    readonly signal: AbortSignal;
  },
): Promise<PlatformRolling> {
  const { minutes, readToken, signal } = options;
  const first = minutes[0] ?? 0;
  const newest = minutes.at(-1) ?? 0;
  const means = new Map<number, number | undefined>();
  const pages = client.history(cityId, {
    startTime: first * MINUTE_MS,
    endTime: (newest + 1) * MINUTE_MS,
    resolution: 'MINUTE',
    pageSize: 10_000,
    timeoutMs: PATIENCE_MS,
    signal,
    ...(readToken && { readToken }),
  });
  for await (const { points } of pages) {
    for (const { startTime, heatIndexRolling24h } of points)
      means.set(startTime.getTime() / MINUTE_MS, heatIndexRolling24h);
  }
  const fromStore = means.size;
  if (fromStore < minutes.length - 1) {
    throw new CliError(
      `Of ${minutes.length} minutes of ${cityId} only ${fromStore} are stored: readings that are over an hour older than ones before them in the file came late and are dead letters.`,
    );
  }
  if (!means.has(newest)) means.set(newest, await newestMean(client, cityId, signal));
  return { means, fromStore };
}

async function newestMean(client: IsothermClient, cityId: string, signal: AbortSignal): Promise<number | undefined> {
  const { conditions } = await client.current(cityId, { signal });
  return conditions[0]?.rolling.find(({ windowMs }) => windowMs === 86_400_000)?.heatIndexMean;
}
