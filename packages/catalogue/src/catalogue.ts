import type { City } from './city.ts';
import { readCityTable, writeVector } from './city-table.ts';
import { foldName } from './fold-name.ts';
import { createNameIndex, MATCH } from './name-index.ts';
import { createObservedCities } from './observed-cities.ts';
import { fitsQualifiers, placeQueries } from './place-query.ts';

/** A city and how far it is. */
export interface NearCity {
  readonly city: City;
  /** Great-circle distance in kilometres. */
  readonly distanceKm: number;
}

/** Options of {@link createCatalogue}. */
export interface CatalogueOptions {
  /** Cities beside the catalogue that are remembered for searches. Default 100,000; further ones are not remembered. */
  readonly maxObservedCities?: number;
}

/** The world's cities, and those that producers send besides. Not copied between calls: cities are shared and immutable. */
export interface Catalogue {
  /** Cities of the catalogue. */
  readonly count: number;
  /** The city with that id, of the catalogue or observed. */
  byId(cityId: string): City | undefined;
  /** The n largest cities of the catalogue. */
  largest(n: number): readonly City[];
  /** Cities by rank: `limit` of them from `offset` on, the largest first, then observed ones in the order they came. */
  list(offset: number, limit: number): readonly City[];
  /**
   * Cities by id, name, beginning of a name, "name, country" or a misspelt one: by quality of the match, then by
   * population. Case and accents do not matter.
   */
  search(query: string, limit: number): readonly City[];
  /**
   * The city that a text means: an id of the catalogue, the largest city of exactly that name, the id of an observed city,
   * or the city whose name begins so where none comes near it in size. Misspelt names mean nothing.
   */
  resolve(text: string): City | undefined;
  /** The city of the catalogue with that id, or the largest one of exactly that name. */
  listed(text: string): City | undefined;
  /** Cities whose names are like the text, for messages: at most n, possibly none. */
  nearMatches(text: string, n: number): readonly City[];
  /** The cities closest to a place by great circle; only those of the catalogue. */
  nearest(latitude: number, longitude: number, limit: number): readonly NearCity[];
  /** Cities of the catalogue in a country, by ISO 3166-1 alpha-2 code in capitals; the largest first. */
  ofCountry(countryCode: string): readonly City[];
  /** Notes that a city exists. @returns the city, remembered or not. */
  observeCity(cityId: string): City;
}

const EARTH_RADIUS_KM = 6371.0088;
/** A name that begins like several cities' means the largest where it is this much larger than the next. */
const DOMINANCE = 5;
const MIN_PREFIX_LENGTH = 4;

/** Creates a catalogue from the CSV text of a city table. @throws Error if its columns are not GeoNames'. */
export function createCatalogue(csv: Buffer, options: CatalogueOptions = {}): Catalogue {
  const folded: string[] = [];
  const table = readCityTable(csv, (name) => folded.push(foldName(name)));
  const names = createNameIndex(folded);
  const observed = createObservedCities(options.maxObservedCities ?? 100_000);

  function byId(cityId: string): City | undefined {
    const row = table.rowOf(cityId);
    return row === undefined ? observed.byId(cityId) : table.cityAt(row);
  }

  function find(text: string, limit: number, errors: number): City[] {
    const found = new Map<City, number>();
    const keep = (city: City, quality: number) => found.set(city, Math.min(quality, found.get(city) ?? MATCH.none));
    const row = table.rowOf(text);
    const exact = row === undefined ? observed.byId(text) : table.cityAt(row);
    // An id of the catalogue means nothing else; one that a producer made up may be a city's name.
    if (exact !== undefined) keep(exact, row === undefined ? MATCH.exact : -1);
    for (const { name, qualifiers } of placeQueries(text)) {
      const accepts = (row: number) => fitsQualifiers(table.cityAt(row), qualifiers);
      for (const { row, quality } of names.find(name, { limit, errors, accepts })) keep(table.cityAt(row), quality);
      if (qualifiers.length > 0) continue;
      for (const [city, quality] of observed.find(name, { limit, errors })) keep(city, quality);
    }
    return [...found]
      .sort(
        ([a, qualityA], [b, qualityB]) =>
          qualityA - qualityB || isUnplaced(a) - isUnplaced(b) || b.population - a.population,
      )
      .slice(0, limit)
      .map(([city]) => city);
  }

  /** The largest of the rows that fits. */
  function largestOf(rows: readonly number[], qualifiers: readonly string[]): City | undefined {
    const row = rows.find((each) => fitsQualifiers(table.cityAt(each), qualifiers));
    return row === undefined ? undefined : table.cityAt(row);
  }

  /** What the first way of reading a text finds. */
  function firstFound(text: string, find: (name: string, qualifiers: readonly string[]) => City | undefined) {
    for (const spelling of new Set([text, withoutUmlautDigraphs(text)])) {
      for (const { name, qualifiers } of placeQueries(spelling)) {
        const city = name === '' ? undefined : find(name, qualifiers);
        if (city !== undefined) return city;
      }
    }
    return undefined;
  }

  function listed(text: string): City | undefined {
    const trimmed = text.trim();
    const row = table.rowOf(trimmed);
    if (row !== undefined) return table.cityAt(row);
    return firstFound(
      trimmed,
      (name, qualifiers) =>
        largestOf(names.named(name), qualifiers) ?? largestOf(names.named(`${name} city`), qualifiers),
    );
  }

  function resolve(text: string): City | undefined {
    const trimmed = text.trim();
    return (
      listed(trimmed) ??
      observed.byId(trimmed) ??
      firstFound(
        trimmed,
        (name, qualifiers) =>
          (qualifiers.length === 0 ? observed.named(name) : undefined) ?? dominantBeginning(name, qualifiers),
      )
    );
  }

  /** Of the cities whose names begin with the words, the largest, where none comes near it in size. */
  function dominantBeginning(words: string, qualifiers: readonly string[]): City | undefined {
    if (words.length < MIN_PREFIX_LENGTH) return undefined;
    const cities = names.beginning(`${words} `).map((row) => table.cityAt(row));
    const [first, second] = cities.filter((city) => fitsQualifiers(city, qualifiers));
    return first !== undefined && first.population >= DOMINANCE * (second?.population ?? 0) ? first : undefined;
  }

  return {
    count: table.count,
    byId,
    resolve,
    listed,
    largest: (n) => Array.from({ length: Math.min(Math.max(0, n), table.count) }, (_, row) => table.cityAt(row)),
    list(offset, limit) {
      const end = Math.min(offset + limit, table.count + observed.cities.length);
      return Array.from({ length: Math.max(0, end - offset) }, (_, i) => {
        const row = offset + i;
        return row < table.count ? table.cityAt(row) : observed.cities[row - table.count]!;
      });
    },
    search: (query, limit) => find(query.trim(), limit, forgiven(query)),
    nearMatches(text, n) {
      const matches = find(text.trim(), n, forgiven(text));
      const name = text.split(',', 1)[0] ?? '';
      return matches.length > 0 || name === text ? matches : find(name.trim(), n, forgiven(name));
    },
    nearest: (latitude, longitude, limit) => {
      const place = new Float64Array(3);
      writeVector(place, 0, latitude, longitude);
      return nearestRows(table.vectors(), place, limit).map(({ row, chord }) => ({
        city: table.cityAt(row),
        distanceKm: 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, chord / 2)),
      }));
    },
    ofCountry: (countryCode) =>
      Array.from({ length: table.count }, (_, row) => table.cityAt(row)).filter(
        (city) => city.countryCode === countryCode,
      ),
    observeCity: (cityId) => byId(cityId) ?? observed.add(cityId),
  };
}

/** 1 for a city without a place: of two equal matches the one on the map comes first. */
function isUnplaced({ latitude }: City): number {
  return latitude === undefined ? 1 : 0;
}

/** Single-letter errors that a text of that length is forgiven. */
function forgiven(text: string): number {
  const length = text.split(',', 1)[0]?.trim().length ?? 0;
  if (length < 4) return length < 3 ? 0 : 1;
  return length < 7 ? 1 : 2;
}

/** `Zuerich` as `Zurich`. */
function withoutUmlautDigraphs(text: string): string {
  return text.replace(/([aou])e/gi, '$1');
}

function nearestRows(vectors: Float64Array, place: Float64Array, limit: number): { row: number; chord: number }[] {
  const nearest: { row: number; chord: number }[] = [];
  let worst = Number.POSITIVE_INFINITY;
  const [x = 0, y = 0, z = 0] = place;
  for (let row = 0; row < vectors.length / 3; row += 1) {
    const dx = vectors[row * 3]! - x;
    const dy = vectors[row * 3 + 1]! - y;
    const dz = vectors[row * 3 + 2]! - z;
    const squared = dx * dx + dy * dy + dz * dz;
    if (squared >= worst && nearest.length >= limit) continue;
    const chord = Math.sqrt(squared);
    let at = nearest.length;
    while (at > 0 && nearest[at - 1]!.chord > chord) at -= 1;
    nearest.splice(at, 0, { row, chord });
    if (nearest.length > limit) nearest.pop();
    worst = nearest.length < limit ? Number.POSITIVE_INFINITY : nearest.at(-1)!.chord ** 2;
  }
  return nearest;
}
