/** What is sent: every batch follows from its producer and number, so that a ledger of numbers says all. */
export interface Workload {
  readonly cityIds: readonly string[];
  readonly producers: number;
  /** Cities of a producer; a city belongs to one. */
  readonly citiesPerProducer: number;
  /** Seconds of observations in a batch, one reading a city and second. */
  readonly secondsPerBatch: number;
  /** Time of second 0, ms since the epoch; the start of an hour. */
  readonly startMs: number;
}

/** A reading in hundredths: integers, so that sums are exact. */
export interface Reading {
  readonly temperatureCenti: number;
  readonly humidityCenti: number;
  readonly windCenti: number;
}

const SECONDS_PER_BATCH = 4;
const HOUR_MS = 3_600_000;

/** A workload over that many cities, at least four. Half of their ids are numbers, half are not: the log keeps them differently. */
export function createWorkload(options: {
  readonly cities: number;
  readonly producers: number;
  readonly nowMs: number;
}): Workload {
  const citiesPerProducer = Math.ceil(options.cities / options.producers);
  const count = citiesPerProducer * options.producers;
  return {
    cityIds: Array.from({ length: count }, (_, city) => (city % 2 === 0 ? `${90_000_000 + city}` : `crash/${city}`)),
    producers: options.producers,
    citiesPerProducer,
    secondsPerBatch: SECONDS_PER_BATCH,
    // Far enough back that observed time may run a minute a second for hours.
    startMs: Math.floor(options.nowMs / HOUR_MS) * HOUR_MS - 20 * 24 * HOUR_MS,
  };
}

/** The reading of a city at a second of the run. */
export function readingAt(city: number, second: number): Reading {
  const mix = Math.imul(city + 1, 2_654_435_761) ^ Math.imul(second + 1, 40_503);
  return {
    temperatureCenti: 1500 + (city % 2500) + (mix & 127),
    humidityCenti: 3000 + ((city * 7) % 5000) + ((mix >>> 7) & 127),
    windCenti: 100 + ((mix >>> 14) & 1023),
  };
}

/** Rows of every batch. */
export function rowsPerBatch({ citiesPerProducer, secondsPerBatch }: Workload): number {
  return citiesPerProducer * secondsPerBatch;
}

/** First city of a producer. */
export function firstCity({ citiesPerProducer }: Workload, producer: number): number {
  return producer * citiesPerProducer;
}

/** The producer of a city. */
export function producerOf({ citiesPerProducer }: Workload, city: number): number {
  return Math.floor(city / citiesPerProducer);
}
