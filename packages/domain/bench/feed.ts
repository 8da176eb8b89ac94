import type { ObservationsRecord, ResultSettings } from '@isotherm/records';
import { NWS_RISK_CELSIUS } from '../src/index.ts';

export const CITIES = 15_000;
export const PARTITIONS = 64;
export const START_MS = Date.UTC(2024, 5, 1);
export const SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: NWS_RISK_CELSIUS,
  maxCitiesPerPartition: 65_536,
  maxStateBytesPerPartition: 1 << 26,
};

/** Cities by partition. */
export const citiesOf = Array.from({ length: PARTITIONS }, (_, partition) =>
  Array.from({ length: CITIES }, (_, city) => city).filter((city) => Math.imul(city, 0x9e3779b1) >>> 26 === partition),
);

/** One reading of each city of a partition at `ms`; the arrays are reused, as the log's reader does. */
export function createFeed(partition: number): (ms: number) => ObservationsRecord {
  const cities = citiesOf[partition]!;
  const n = cities.length;
  const temperature = new Int16Array(n);
  const humidity = new Int16Array(n);
  const wind = new Int16Array(n);
  const record = {
    kind: 'observations' as const,
    rowCount: n,
    cityRef: Uint32Array.from(cities),
    cityStrings: [],
    observedOffsetMs: new Uint32Array(n),
    temperature: { kind: 'centi' as const, values: temperature },
    humidity: { kind: 'centi' as const, values: humidity },
    wind: { kind: 'centi' as const, values: wind },
    sensor: undefined,
    sensorStrings: [],
    slices: {
      count: 1,
      tenant: Uint16Array.of(0),
      producer: Uint16Array.of(0),
      rowEnd: Uint32Array.of(n),
      sequence: new Float64Array(1),
      createdAtMs: new Float64Array(1),
      digestLow: new Uint32Array(1),
      digestHigh: new Uint32Array(1),
    },
    tenants: ['bench'],
    producers: [{ id: 'bench', session: 1n }],
    traceParent: '',
    replay: undefined,
    rejectedRows: [],
  };
  return (ms) => {
    const tick = ms / 1000;
    for (let i = 0; i < n; i++) {
      temperature[i] = 1500 + ((i * 37 + tick) % 2400);
      humidity[i] = 3000 + ((i * 91 + tick) % 6500);
      wind[i] = (i * 13 + tick) % 2000;
    }
    record.slices.sequence[0] = tick;
    record.slices.createdAtMs[0] = ms;
    return { ...record, baseMs: ms };
  };
}

/** Processor time of this thread: other programs on the machine do not count. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
