import type { City } from './city.ts';
import { COUNTRY_ALIASES } from './country-names.ts';
import { foldName } from './fold-name.ts';

/** A query taken apart: `Portland, OR, US` is a name and two qualifiers. */
export interface PlaceQuery {
  /** Folded. */
  readonly name: string;
  /** Folded: a country's name or code, or an administrative division's code. */
  readonly qualifiers: readonly string[];
}

/** Readings of a text, the likeliest first: whole, then with what follows the first comma as qualifiers. */
export function placeQueries(text: string): readonly PlaceQuery[] {
  const whole = { name: foldName(text), qualifiers: [] };
  const [name = '', ...rest] = text.split(',');
  const qualifiers = rest.map(foldName).filter((part) => part !== '');
  if (qualifiers.length === 0) return [whole];
  return [whole, { name: foldName(name), qualifiers }];
}

/** Whether every qualifier names the city's country (name, its beginning, or code) or its division's code. */
export function fitsQualifiers(city: City, qualifiers: readonly string[]): boolean {
  return qualifiers.every((qualifier) => {
    const code = city.countryCode.toLowerCase();
    if (qualifier === code || COUNTRY_ALIASES.get(qualifier) === code || qualifier === city.admin1.toLowerCase())
      return true;
    return qualifier.length >= 3 && foldName(city.country).startsWith(qualifier);
  });
}
