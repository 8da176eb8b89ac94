import type { City as CityMessage } from '@isotherm/contracts/city/v1/city_service';

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
  /** First-level administrative division, as GeoNames codes it. */
  readonly admin1: string;
  /** Degrees north. */
  readonly latitude: number | undefined;
  /** Degrees east. */
  readonly longitude: number | undefined;
  /** Inhabitants; 0 when unknown. */
  readonly population: number;
  /** IANA zone; `UTC` when unknown. */
  readonly timeZone: string;
}

/** A city of the wire as the client hands it out. */
export function cityOf(message: CityMessage | undefined): City {
  return {
    cityId: message?.cityId ?? '',
    name: message?.name ?? '',
    countryCode: message?.countryCode ?? '',
    country: message?.country ?? '',
    admin1: message?.admin1 ?? '',
    latitude: message?.latitude,
    longitude: message?.longitude,
    population: Number(message?.population ?? 0),
    timeZone: message?.timeZone || 'UTC',
  };
}
