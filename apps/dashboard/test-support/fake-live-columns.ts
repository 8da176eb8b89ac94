import type { FakeState } from './fake-state.ts';
import type { TestCity } from './test-cities.ts';

/** A LiveColumns message of cities; `indices` remembers which were named on this stream. */
export function liveColumns(state: FakeState, cities: readonly TestCity[], indices: Map<string, number>) {
  const citiesAdded: string[] = [];
  const cityIndex: number[] = [];
  const observedOffsetMs: bigint[] = [];
  const temperatureCenticelsius: number[] = [];
  const relativeHumidityCentipercent: number[] = [];
  const windSpeedCentimps: number[] = [];
  const heatIndexCenticelsius: number[] = [];
  const risks: number[] = [];
  const base = Math.floor(state.position());
  for (const city of cities) {
    const reading = state.current(city);
    if (!reading) continue;
    let index = indices.get(city.cityId);
    if (index === undefined) {
      index = indices.size;
      indices.set(city.cityId, index);
      citiesAdded.push(city.cityId);
    }
    cityIndex.push(index);
    observedOffsetMs.push(BigInt(reading.observedMs - base));
    temperatureCenticelsius.push(Math.round(reading.temperatureCelsius * 100));
    relativeHumidityCentipercent.push(Math.round(reading.relativeHumidityPercent * 100));
    windSpeedCentimps.push(Math.round(reading.windSpeedMps * 100));
    heatIndexCenticelsius.push(Math.round(reading.heatIndexCelsius * 100));
    risks.push(reading.risk);
  }
  return {
    citiesAdded,
    cityIndex,
    baseUnixMs: BigInt(base),
    observedOffsetMs,
    temperatureCenticelsius,
    relativeHumidityCentipercent,
    windSpeedCentimps,
    heatIndexCenticelsius,
    risks,
  };
}
