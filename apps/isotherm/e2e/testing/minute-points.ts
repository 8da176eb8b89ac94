import type { HistoryOptions, HistoryPoint, IsothermClient } from '@isotherm/client';

/** All stored minutes of a city within a span, oldest first. */
export async function minutePoints(
  client: IsothermClient,
  cityId: string,
  options: Omit<HistoryOptions, 'resolution'>,
): Promise<HistoryPoint[]> {
  const points: HistoryPoint[] = [];
  for await (const page of client.history(cityId, { ...options, resolution: 'MINUTE', timeoutMs: 60_000 })) {
    points.push(...page.points);
  }
  return points;
}
