import { setTimeout as sleep } from 'node:timers/promises';
import type { IsothermClient } from '@isotherm/client';
import { CliError } from '../cli-error.ts';

/** Rolling 24 h means of a city as the platform has them, °C by minute since the epoch. */
export interface PlatformRolling {
  readonly means: Map<number, number | undefined>;
  /** Rows that came from ClickHouse; the newest minute, still open, comes from memory. */
  readonly fromStore: number;
}

const MINUTE_MS = 60_000;
const PATIENCE_MS = 120_000;
const PAUSE_MS = 250;

/**
 * Reads a city's rolling values back: minute rows from ClickHouse, waiting until they are there, and the newest minute
 * from the hot state, for it is stored only when it closes.
 *
 * @param minutes minutes expected, ascending
 * @throws CliError if rows do not appear
 */
export async function readRolling(
  client: IsothermClient,
  cityId: string,
  options: { readonly minutes: readonly number[]; readonly signal: AbortSignal },
): Promise<PlatformRolling> {
  const { minutes, signal } = options;
  const first = minutes[0] ?? 0;
  const newest = minutes.at(-1) ?? 0;
  const limitMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const means = new Map<number, number | undefined>();
    const pages = client.history(cityId, {
      from: first * MINUTE_MS,
      to: (newest + 1) * MINUTE_MS,
      resolution: 'MINUTE',
      pageSize: 10_000,
      signal,
    });
    for await (const { points } of pages) {
      for (const { start, heatIndexRolling24h } of points) means.set(start.getTime() / MINUTE_MS, heatIndexRolling24h);
    }
    const fromStore = means.size;
    if (fromStore >= minutes.length - 1) {
      if (!means.has(newest)) means.set(newest, await newestMean(client, cityId, signal));
      return { means, fromStore };
    }
    if (performance.now() > limitMs) {
      throw new CliError(
        `Of ${minutes.length} minutes of ${cityId} only ${fromStore} are stored after ${PATIENCE_MS / 1000} s; \`isotherm status\` shows whether the platform lags, and rows that came late are dead letters.`,
      );
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

async function newestMean(client: IsothermClient, cityId: string, signal: AbortSignal): Promise<number | undefined> {
  const { conditions } = await client.current(cityId, { signal });
  return conditions[0]?.rolling.find(({ windowMs }) => windowMs === 86_400_000)?.heatIndexMean;
}
