import type { HistoryOptions, HistoryPoint, IsothermClient, ReadToken, ResolutionName } from '@isotherm/client';
import { compareCount, compareValue, type Differences } from './differences.ts';
import { noSums, type Sums, sumsBySpan } from './expected-sums.ts';
import { patiently } from './patiently.ts';
import type { Workload } from './workload.ts';

/** Whose history is read, and how much of it there is. */
export interface CityRead {
  readonly client: IsothermClient;
  readonly workload: Workload;
  readonly readToken: ReadToken;
  readonly city: number;
  /** Seconds of the run that are read; `from` is the start of an hour. */
  readonly seconds: { readonly from: number; readonly to: number };
}

/** Compares every point of a city's history at a resolution, `width` seconds a point. */
export async function compareHistory(
  differences: Differences,
  read: CityRead,
  resolution: ResolutionName,
  width: number,
): Promise<void> {
  const { client, workload, readToken, city, seconds } = read;
  const cityId = workload.cityIds[city] ?? '';
  const wanted = sumsBySpan(city, seconds, width);
  const points = await patiently(() =>
    readPoints(client, cityId, {
      startTime: workload.startMs + seconds.from * 1000,
      endTime: workload.startMs + seconds.to * 1000,
      resolution,
      readToken,
      pageSize: 10_000,
    }),
  );
  for (const point of points) {
    const second = (point.startTime.getTime() - workload.startMs) / 1000;
    comparePoint(differences, `${resolution} ${point.startTime.toISOString()} of city ${cityId}`, {
      point,
      wanted: wanted.get(second) ?? noSums(),
      // What is stored of single observations is what was measured.
      derived: resolution !== 'RAW',
    });
    wanted.delete(second);
  }
  for (const [second, { count }] of wanted) {
    const start = new Date(workload.startMs + second * 1000).toISOString();
    compareCount(differences, `${resolution} ${start} of city ${cityId}`, { found: 0, atLeast: count, atMost: count });
  }
}

async function readPoints(client: IsothermClient, cityId: string, options: HistoryOptions): Promise<HistoryPoint[]> {
  const points: HistoryPoint[] = [];
  for await (const page of client.history(cityId, options)) points.push(...page.points);
  return points;
}

function comparePoint(
  differences: Differences,
  what: string,
  { point, wanted, derived }: { readonly point: HistoryPoint; readonly wanted: Sums; readonly derived: boolean },
): void {
  const { count } = wanted;
  compareCount(differences, what, { found: point.count, atLeast: count, atMost: count });
  if (point.count !== count) return;
  const mean = (centi: number) => centi / count / 100;
  const compare = (name: string, found: number | undefined, value: number) =>
    compareValue(differences, `${what}, ${name}`, { found, wanted: value });
  compare('temperature', point.temperature, mean(wanted.temperatureCenti));
  compare('highest temperature', point.temperatureMax, wanted.temperatureMaxCenti / 100);
  compare('humidity', point.relativeHumidityPercent, mean(wanted.humidityCenti));
  compare('wind', point.windSpeed, mean(wanted.windCenti));
  if (derived) compare('heat index', point.heatIndex, wanted.heatIndex / count);
}
