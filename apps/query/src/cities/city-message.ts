import { create } from '@bufbuild/protobuf';
import type { City } from '@isotherm/catalogue';
import { type City as CityMessage, CitySchema } from '@isotherm/contracts/city/v1/city_service';

/** A city as isotherm.city.v1.City. */
export function cityMessage(city: City): CityMessage {
  return create(CitySchema, {
    cityId: city.cityId,
    name: city.name,
    countryCode: city.countryCode,
    country: city.country,
    admin1: city.admin1,
    population: BigInt(city.population),
    timeZone: city.timeZone,
    ...(city.latitude === undefined ? {} : { latitude: city.latitude }),
    ...(city.longitude === undefined ? {} : { longitude: city.longitude }),
  });
}
