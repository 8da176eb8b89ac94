import { textDigest, withSensor } from '@isotherm/records';

/** The sensors of a stream or a call, by index from 1; 0 is none. Append only. */
export interface SensorDictionary {
  readonly size: number;
  /** Ids by index − 1; over-long ones are cut. */
  readonly ids: readonly string[];
  /** The digest of a row's city with the row's sensor mixed in; without one the city's. */
  digestLow(cityLow: number, index: number): number;
  digestHigh(cityHigh: number, index: number): number;
  /** Whether rows of the sensor can be taken. */
  isValid(index: number): boolean;
  append(ids: readonly string[]): void;
}

const MAX_KEPT_CHARACTERS = 80;

/** Creates an empty dictionary. */
export function createSensorDictionary(limits: { readonly maxBytes: number }): SensorDictionary {
  const ids: string[] = [];
  const low: number[] = [];
  const high: number[] = [];
  const invalid = new Set<number>();
  return {
    get size() {
      return ids.length;
    },
    ids,
    digestLow: (city, index) => (index === 0 ? city : withSensor(city, low[index - 1] ?? index)),
    digestHigh: (city, index) => (index === 0 ? city : withSensor(city, high[index - 1] ?? index)),
    isValid: (index) => index <= ids.length && !invalid.has(index),
    append(added) {
      for (const id of added) {
        const index = ids.push(id.slice(0, MAX_KEPT_CHARACTERS));
        const digest = textDigest(id);
        low.push(digest[0]);
        high.push(digest[1]);
        if (Buffer.byteLength(id, 'utf8') > limits.maxBytes || id === '') invalid.add(index);
      }
    },
  };
}
