import type { IsothermClient } from '@isotherm/client';
import { heatIndexCelsius } from '@isotherm/domain';
import type { SendPlan } from './send-seconds.ts';
import { readingAt } from './workload.ts';

/** How the rows read back compare with a plain loop over what was sent. */
export interface RowCheck {
  readonly rowsCompared: number;
  readonly rowsWrong: number;
}

/** Reads back every minute of every n-th city and compares count, means and extremes. */
export async function checkRows(client: IsothermClient, plan: SendPlan, everyNth: number): Promise<RowCheck> {
  let rowsCompared = 0;
  let rowsWrong = 0;
  const heatIndex = heatIndexCelsius('NWS');
  for (let city = 0; city < plan.cityIds.length; city += everyNth) {
    const expected = expectedMinutes(plan, city, heatIndex);
    const found = new Set<number>();
    const options = {
      startTime: plan.startMs - 60_000,
      endTime: plan.startMs + plan.seconds * 1000,
      resolution: 'MINUTE' as const,
      pageSize: 10_000,
    };
    for await (const page of client.history(plan.cityIds[city] ?? '', options)) {
      for (const point of page.points) {
        const minute = expected.get(point.startTime.getTime());
        found.add(point.startTime.getTime());
        rowsCompared++;
        const good =
          minute !== undefined &&
          point.count === minute.count &&
          close(point.temperature, minute.temperature, 1e-9) &&
          close(point.heatIndex, minute.heatIndex, 1e-8) &&
          close(point.temperatureMax, minute.temperatureMax, 1e-9);
        if (!good) rowsWrong++;
      }
    }
    for (const start of expected.keys()) if (!found.has(start)) rowsWrong++;
  }
  return { rowsCompared, rowsWrong };
}

interface Minute {
  readonly count: number;
  readonly temperature: number;
  readonly temperatureMax: number;
  readonly heatIndex: number;
}

function expectedMinutes(
  plan: SendPlan,
  city: number,
  heatIndex: (t: number, h: number) => number,
): Map<number, Minute> {
  const sums = new Map<number, { count: number; t: number; tMax: number; hi: number }>();
  for (let second = 0; second < plan.seconds; second++) {
    const start = Math.floor((plan.startMs + second * 1000) / 60_000) * 60_000;
    const sum = sums.get(start) ?? { count: 0, t: 0, tMax: Number.NEGATIVE_INFINITY, hi: 0 };
    const { temperatureCenti, humidityCenti } = readingAt(city, second);
    sum.count++;
    sum.t += temperatureCenti;
    sum.tMax = Math.max(sum.tMax, temperatureCenti);
    sum.hi += heatIndex(temperatureCenti / 100, humidityCenti / 100);
    sums.set(start, sum);
  }
  return new Map(
    [...sums].map(([start, { count, t, tMax, hi }]) => [
      start,
      { count, temperature: t / count / 100, temperatureMax: tMax / 100, heatIndex: hi / count },
    ]),
  );
}

function close(found: number | undefined, wanted: number, tolerance: number): boolean {
  return found !== undefined && Math.abs(found - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
}
