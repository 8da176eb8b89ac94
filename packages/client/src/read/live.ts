import type { LiveColumns } from '@isotherm/contracts/type/v1/live_columns';
import { errorFromConnect } from '../errors/from-connect.ts';
import type { Api } from './api-transport.ts';
import { endableCall } from './endable-call.ts';
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
  /** Time between two messages at least, in ms. Default 250. */
  readonly minIntervalMs?: number;
  /** Ends the watch without an error. Leaving the loop does too. Default never. */
  readonly signal?: AbortSignal;
}

const MISSING = -2147483648;

/** Cities that changed, message by message; the first is a snapshot. A slow reader gets the newest of each city. */
export async function* watchLive(api: Api, options: WatchOptions): AsyncGenerator<readonly LiveValue[], void> {
  const intervalMs = options.minIntervalMs ?? 0;
  const request = {
    cities: [...(options.cities ?? [])],
    ...(intervalMs > 0 && {
      minInterval: { seconds: BigInt(Math.floor(intervalMs / 1000)), nanos: Math.round((intervalMs % 1000) * 1e6) },
    }),
  };
  const names: string[] = [];
  await using call = endableCall(options.signal);
  try {
    for await (const { live } of api.forecasts.watch(request, { timeoutMs: 0, signal: call.signal })) {
      if (live === undefined) continue;
      names.push(...live.citiesAdded);
      yield rowsOf(live, names);
    }
  } catch (error) {
    if (options.signal?.aborted) return;
    throw errorFromConnect(error, api.target);
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
