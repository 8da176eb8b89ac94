import { type City, describeCity } from '@isotherm/catalogue';
import { IsothermError } from '@isotherm/service-kit';

/** NOT_FOUND for a text that names no city, with the cities it may have meant. */
export function cityUnknown(text: string, near: readonly City[]): IsothermError {
  const names = near.map(describeCity);
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'CITY_UNKNOWN',
    message: `No city is known as ${JSON.stringify(text)}.`,
    advice: names.length === 0 ? 'Search with SearchCities or /v1/cities?q=…' : `Did you mean ${names.join(', or ')}?`,
    metadata: { city: text, near: near.map(({ cityId }) => cityId).join(',') },
  });
}

/** NOT_FOUND for a city that exists but has sent nothing yet. */
export function cityWithoutObservations(city: City): IsothermError {
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'CITY_WITHOUT_OBSERVATIONS',
    message: `${describeCity(city)} has no observations yet.`,
    advice: `Send one with isotherm.ingest.v1.IngestService/Ingest, city_id ${JSON.stringify(city.cityId)}, or \`npx isotherm send FILE\`.`,
    metadata: { city: city.cityId, near: '' },
  });
}
