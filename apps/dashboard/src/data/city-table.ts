import { projectToWorld } from '../map/equal-earth.ts';

/** Marks a missing value in columns of hundredths. */
export const MISSING = -32768;

/** What is known of a city apart from its weather. */
export interface CityPlace {
  readonly cityId: string;
  readonly name: string;
  readonly countryCode: string;
  readonly country: string;
  /** Degrees north. */
  readonly latitude?: number | undefined;
  /** Degrees east. */
  readonly longitude?: number | undefined;
  readonly population: number;
  readonly timeZone: string;
}

/** The numeric columns, one entry a city. Replaced as a whole when the table grows. */
export interface CityColumns {
  /** Place on the map in world units; NaN without coordinates. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly population: Float64Array;
  /** Hundredths of a degree Celsius. */
  readonly temperature: Int16Array;
  /** Hundredths of a degree Celsius. */
  readonly heatIndex: Int16Array;
  /** Hundredths of a percent. */
  readonly humidity: Int16Array;
  /** Centimetres per second. */
  readonly wind: Int16Array;
  /** RiskLevel of the proto. */
  readonly risk: Uint8Array;
  /** Milliseconds since 1970; 0 before the first observation. */
  readonly observedMs: Float64Array;
  /** 1 where the owner of the city's partition does not answer. */
  readonly ownerDown: Uint8Array;
}

/**
 * Every city the page has heard of, as columns indexed by a dense slot. A slot is never given up, so that renderer, ranking and
 * index can all speak of slots.
 */
export class CityTable {
  readonly #slots = new Map<string, number>();
  readonly #places: CityPlace[] = [];
  #columns: CityColumns = allocate(1024);
  #placesVersion = 0;
  #located = 0;

  /** Cities known. */
  get size(): number {
    return this.#places.length;
  }

  /** Cities known that have coordinates. */
  get located(): number {
    return this.#located;
  }

  get columns(): CityColumns {
    return this.#columns;
  }

  /** Rises whenever a city is added or described. */
  get placesVersion(): number {
    return this.#placesVersion;
  }

  slotOf(cityId: string): number | undefined {
    return this.#slots.get(cityId);
  }

  /** The slot of a city, made if it has none. */
  ensure(cityId: string): number {
    const known = this.#slots.get(cityId);
    if (known !== undefined) return known;
    const slot = this.#places.length;
    if (slot === this.#columns.x.length) this.#columns = grow(this.#columns, slot * 2);
    this.#slots.set(cityId, slot);
    this.#places.push({ cityId, name: cityId, countryCode: '', country: '', population: 0, timeZone: 'UTC' });
    this.#placesVersion++;
    return slot;
  }

  /** Records what is known of a city; returns its slot. */
  describe(place: CityPlace): number {
    const slot = this.ensure(place.cityId);
    this.#places[slot] = place;
    const { x, y, population } = this.#columns;
    const wasLocated = !Number.isNaN(x[slot] ?? Number.NaN);
    population[slot] = place.population;
    if (place.latitude !== undefined && place.longitude !== undefined) {
      const [worldX, worldY] = projectToWorld(place.longitude, place.latitude);
      x[slot] = worldX;
      y[slot] = worldY;
      if (!wasLocated) this.#located++;
    }
    this.#placesVersion++;
    return slot;
  }

  /** What is known of the city in a slot. */
  place(slot: number): CityPlace | undefined {
    return this.#places[slot];
  }
}

function allocate(capacity: number): CityColumns {
  return {
    x: new Float32Array(capacity).fill(Number.NaN),
    y: new Float32Array(capacity).fill(Number.NaN),
    population: new Float64Array(capacity),
    temperature: new Int16Array(capacity).fill(MISSING),
    heatIndex: new Int16Array(capacity).fill(MISSING),
    humidity: new Int16Array(capacity).fill(MISSING),
    wind: new Int16Array(capacity).fill(MISSING),
    risk: new Uint8Array(capacity),
    observedMs: new Float64Array(capacity),
    ownerDown: new Uint8Array(capacity),
  };
}

function grow(from: CityColumns, capacity: number): CityColumns {
  const to = allocate(capacity);
  to.x.set(from.x);
  to.y.set(from.y);
  to.population.set(from.population);
  to.temperature.set(from.temperature);
  to.heatIndex.set(from.heatIndex);
  to.humidity.set(from.humidity);
  to.wind.set(from.wind);
  to.risk.set(from.risk);
  to.observedMs.set(from.observedMs);
  to.ownerDown.set(from.ownerDown);
  return to;
}
