/** A place that observations come from. */
export interface City {
  /** The key: a GeoNames id for cities of the catalogue, otherwise what its producer sends. */
  readonly cityId: string;
  /** Its name; the id where the catalogue has none. */
  readonly name: string;
  /** ISO 3166-1 alpha-2; empty when unknown. */
  readonly countryCode: string;
  /** English name of the country; empty when unknown. */
  readonly country: string;
  /** First-level administrative division as GeoNames codes it; empty when unknown. */
  readonly admin1: string;
  /** Degrees north; undefined when unknown. */
  readonly latitude: number | undefined;
  /** Degrees east; undefined when unknown. */
  readonly longitude: number | undefined;
  /** Inhabitants; 0 when unknown. */
  readonly population: number;
  /** IANA zone; "UTC" when unknown. */
  readonly timeZone: string;
}

/** A city that no catalogue describes: its id is its name. */
export function unlistedCity(cityId: string): City {
  return {
    cityId,
    name: cityId,
    countryCode: '',
    country: '',
    admin1: '',
    latitude: undefined,
    longitude: undefined,
    population: 0,
    timeZone: 'UTC',
  };
}

/** A city in a sentence: `Paris, France (2988507)`; the id alone where nothing else is known. */
export function describeCity(city: City): string {
  return city.country === '' ? city.cityId : `${city.name}, ${city.country} (${city.cityId})`;
}
