import type { LiveColumns } from '@isotherm/contracts/type/v1/live_columns';
import type { Api } from './api-transport.ts';
import { spanMessage } from './instants.ts';
import { lastingStream } from './lasting-stream.ts';
import { type RiskName, riskName } from './units.ts';

/** The newest values of a city, in °C and m/s. Undefined: not measured. */
export interface LiveValue {
  readonly cityId: string;
  readonly observeTime: Date;
  readonly temperatureCelsius: number | undefined;
  readonly relativeHumidityPercent: number | undefined;
  readonly windSpeedMps: number | undefined;
  readonly heatIndexCelsius: number | undefined;
  readonly risk: RiskName;
}

/** What a watch may ask for. */
export interface WatchOptions {
  /** Ids or names. Default all cities. */
  readonly cities?: readonly string[];
  /** Time between two messages at least, in ms, 0 to 60,000; less than 50 is taken as 50. Default 250. */
  readonly minIntervalMs?: number;
  /** Ends the watch without an error. Leaving the loop does too. Default never. */
  readonly signal?: AbortSignal;
}

const MISSING = -2147483648;

/**
 * Cities that changed, message by message; the first is a snapshot. A slow reader gets the newest of each city. When the
 * connection is lost it is made again, and the next message is a snapshot.
 */
export async function* watchLive(api: Api, options: WatchOptions): AsyncGenerator<readonly LiveValue[], void> {
  const request = {
    cities: [...(options.cities ?? [])],
    ...(options.minIntervalMs !== undefined && { minInterval: spanMessage('min_interval', options.minIntervalMs) }),
  };
  const stream = lastingStream({
    ...api.lasting,
    signal: options.signal,
    open: (signal) => api.forecasts.watch(request, { timeoutMs: 0, signal }),
  });
  let names: string[] = [];
  for await (const { message, begun } of stream) {
    if (begun) names = [];
    if (message.live === undefined) continue;
    names.push(...message.live.citiesAdded);
    yield rowsOf(message.live, names);
  }
}

function rowsOf(live: LiveColumns, names: readonly string[]): LiveValue[] {
  const base = Number(live.baseUnixMs);
  return live.cityIndex.map((city, row) => ({
    cityId: names[city] ?? '',
    observeTime: new Date(base + Number(live.observedOffsetMs[row] ?? 0)),
    temperatureCelsius: hundredths(live.temperatureCenticelsius[row]),
    relativeHumidityPercent: hundredths(live.relativeHumidityCentipercent[row]),
    windSpeedMps: hundredths(live.windSpeedCentimps[row]),
    heatIndexCelsius: hundredths(live.heatIndexCenticelsius[row]),
    risk: riskName(live.risks[row] ?? 0),
  }));
}

function hundredths(value: number | undefined): number | undefined {
  return value === undefined || value === MISSING ? undefined : value / 100;
}
