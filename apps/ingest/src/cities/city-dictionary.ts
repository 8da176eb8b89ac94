import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { partitionOf } from '@isotherm/placement';
import { textDigest } from '@isotherm/records';
import type { CityFacts, CityRegistry } from './city-registry.ts';

/** Words of a city in {@link CityDictionary.words}, as a power of two. */
export const CITY_SHIFT = 2;

/** Words of a city in {@link CityDictionary.words}. */
export const CITY_WORDS = 1 << CITY_SHIFT;

/** The cities of a stream or a call, by index. Append only. */
export interface CityDictionary {
  readonly size: number;
  /** Of each city: reference (once it was admitted), partition, first and second word of its digest. */
  readonly words: Uint32Array;
  /** Of each city: its number in the registry, once it was admitted. */
  readonly numbers: Uint32Array;
  /** Of each city: 0, or the reason to reject its rows. */
  readonly reasons: Uint8Array;
  /** Cities with a reason. */
  readonly invalidCount: number;
  /** Of each city 1 while no row of it was accepted, as far as this dictionary knows: it is named and counts nowhere. */
  readonly isUnused: Uint8Array;
  /** Cities that {@link isUnused} marks. */
  readonly unusedCount: number;
  /** Ids by index; over-long ones are cut, see {@link MAX_KEPT_CHARACTERS}. */
  readonly ids: readonly string[];
  append(ids: readonly string[]): void;
  /** An unused city has an acceptable row of this tenant. @returns whether the limits of cities let it in */
  admit(index: number, tenant: string): boolean;
}

/** What is kept of an id that is no valid one, for its dead letter: its first characters. */
export const MAX_KEPT_CHARACTERS = 80;

/** Control characters of C0, C1 and DEL: an id with one cannot be printed or typed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Creates an empty dictionary. */
export function createCityDictionary(
  registry: CityRegistry,
  options: {
    readonly partitionCount: number;
    readonly limits: { readonly minBytes: number; readonly maxBytes: number };
  },
): CityDictionary {
  const { partitionCount, limits } = options;
  const ids: string[] = [];
  let words = new Uint32Array(CITY_WORDS * 64);
  let numbers = new Uint32Array(64);
  let reasons = new Uint8Array(64);
  let isUnused = new Uint8Array(64);
  let invalidCount = 0;
  let unusedCount = 0;

  function write(index: number, ref: number, { partition, digestLow, digestHigh }: CityFacts): void {
    words.set([ref, partition, digestLow, digestHigh], index * CITY_WORDS);
  }

  function appendInvalid(id: string, reason: RejectReason): void {
    const index = ids.push(id.slice(0, MAX_KEPT_CHARACTERS)) - 1;
    const [digestLow, digestHigh] = textDigest(id);
    write(index, 0, { partition: partitionOf(ids[index]!, partitionCount), digestLow, digestHigh });
    reasons[index] = reason;
    invalidCount += 1;
  }

  function reserve(count: number): void {
    if (count <= reasons.length) return;
    const capacity = 2 ** Math.ceil(Math.log2(count));
    const wider = new Uint32Array(CITY_WORDS * capacity);
    wider.set(words);
    words = wider;
    const more = new Uint32Array(capacity);
    more.set(numbers);
    numbers = more;
    const longer = new Uint8Array(capacity);
    longer.set(reasons);
    reasons = longer;
    const marks = new Uint8Array(capacity);
    marks.set(isUnused);
    isUnused = marks;
  }

  return {
    get size() {
      return ids.length;
    },
    get words() {
      return words;
    },
    get numbers() {
      return numbers;
    },
    get reasons() {
      return reasons;
    },
    get invalidCount() {
      return invalidCount;
    },
    get isUnused() {
      return isUnused;
    },
    get unusedCount() {
      return unusedCount;
    },
    ids,
    append(added) {
      reserve(ids.length + added.length);
      for (const id of added) {
        const bytes = Buffer.byteLength(id, 'utf8');
        if (bytes < limits.minBytes || bytes > limits.maxBytes || CONTROL.test(id)) {
          appendInvalid(id, RejectReason.CITY_ID_INVALID);
          continue;
        }
        const known = registry.known(id);
        const index = ids.push(id) - 1;
        write(index, known?.ref ?? 0, known ?? registry.factsOf(id));
        if (known !== undefined) {
          numbers[index] = known.number;
          continue;
        }
        isUnused[index] = 1;
        unusedCount += 1;
      }
    },
    admit(index, tenant) {
      const at = index * CITY_WORDS;
      const facts = { partition: words[at + 1]!, digestLow: words[at + 2]!, digestHigh: words[at + 3]! };
      const city = registry.admit(tenant, ids[index]!, facts);
      if (city === undefined) return false;
      words[at] = city.ref;
      numbers[index] = city.number;
      isUnused[index] = 0;
      unusedCount -= 1;
      return true;
    },
  };
}
