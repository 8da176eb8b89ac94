import { create } from '@bufbuild/protobuf';
import { type CityState, CityStateSchema } from '@isotherm/contracts/compute/v1/compute_service';
import { NOW_MS } from './test-platform.ts';

const HOUR_MS = 3_600_000;

/** What a shard may know of a city: a mild moment ten seconds ago. */
export function cityState(cityId: string, overrides: Partial<CityState> = {}): CityState {
  const state = create(CityStateSchema, {
    cityId,
    partition: 0,
    asOfOffset: 41n,
    observedUnixMs: BigInt(NOW_MS - 10_000),
    temperatureCelsius: 20,
    relativeHumidityPercent: 50,
    windSpeedMps: 5,
    heatIndexCelsius: 19.5,
    formula: 1,
    quality: 2,
    observations: 7n,
    rolling: [
      {
        minutes: 60,
        count: 3n,
        temperatureCelsius: { mean: 20, min: 19, max: 21 },
        windSpeedMps: { mean: 5, min: 4, max: 6 },
        riskMinutes: [3, 2, 1, 0],
      },
    ],
    issuedUnixMs: BigInt(NOW_MS),
    forecast: [1, 2, 24].map((leadHours) => ({
      leadHours,
      validUnixMs: BigInt(NOW_MS + leadHours * HOUR_MS),
      temperatureCelsius: 21,
      temperatureLowCelsius: 19,
      temperatureHighCelsius: 23,
      model: 'persistence',
      meanAbsoluteErrorCelsius: 0.5,
      skill: 0.25,
      intervalLevel: 0.9,
    })),
  });
  return Object.assign(state, overrides);
}
