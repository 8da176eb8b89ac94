/** The sensors of a stream or a call, by index from 1; 0 is none. Append only. */
export interface SensorDictionary {
  readonly size: number;
  /** Ids by index − 1; over-long ones are cut. */
  readonly ids: readonly string[];
  /** Whether rows of the sensor can be taken. */
  isValid(index: number): boolean;
  append(ids: readonly string[]): void;
}

const MAX_KEPT_CHARACTERS = 80;

/** Creates an empty dictionary. */
export function createSensorDictionary(limits: { readonly maxBytes: number }): SensorDictionary {
  const ids: string[] = [];
  const invalid = new Set<number>();
  return {
    get size() {
      return ids.length;
    },
    ids,
    isValid: (index) => index <= ids.length && !invalid.has(index),
    append(added) {
      for (const id of added) {
        const index = ids.push(id.slice(0, MAX_KEPT_CHARACTERS));
        if (Buffer.byteLength(id, 'utf8') > limits.maxBytes || id === '') invalid.add(index);
      }
    },
  };
}
