import type { DescEnum } from '@bufbuild/protobuf';

/** Other words for values, by enum: what people type. The unset value has a word only where it means something. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'isotherm.type.v1.TemperatureUnit': { c: 'celsius', metric: 'celsius', f: 'fahrenheit', k: 'kelvin' },
  'isotherm.type.v1.SpeedUnit': {
    mps: 'meters_per_second',
    'm/s': 'meters_per_second',
    kmh: 'kilometers_per_hour',
    'km/h': 'kilometers_per_hour',
    mph: 'miles_per_hour',
    kn: 'knots',
  },
  'isotherm.analytics.v1.Metric': { humidity: 'relative_humidity', wind: 'wind_speed' },
  'isotherm.analytics.v1.Resolution': { auto: 'unspecified' },
};

const UNSET = 0;
const numbersByEnum = new WeakMap<DescEnum, ReadonlyMap<string, number>>();

/** The short names of an enum's values, the unset one left out: `late` for REJECT_REASON_LATE. */
export function enumWords(desc: DescEnum): readonly string[] {
  return desc.values.filter(({ number }) => number !== UNSET).map(({ localName }) => localName.toLowerCase());
}

/** The short name of a value; of one that is not defined, its number. */
export function enumWord(desc: DescEnum, number: number): string {
  return desc.value[number]?.localName.toLowerCase() ?? String(number);
}

/**
 * The value that a text names: the short name, the full one or another word for it, in any case, with - or _ between
 * its words. Undefined where it names none.
 */
export function enumNumber(desc: DescEnum, text: string): number | undefined {
  let numbers = numbersByEnum.get(desc);
  if (numbers === undefined) {
    numbers = namesOf(desc);
    numbersByEnum.set(desc, numbers);
  }
  return numbers.get(text.toLowerCase().replaceAll('-', '_'));
}

/** What to say of a text that names no value. */
export function notAWord(desc: DescEnum, text: string): string {
  return `${JSON.stringify(text.slice(0, 100))} is none of ${enumWords(desc).join(', ')}`;
}

function namesOf(desc: DescEnum): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const { name, localName, number } of desc.values) {
    numbers.set(name.toLowerCase(), number);
    numbers.set(localName.toLowerCase(), number);
  }
  for (const [alias, word] of Object.entries(ALIASES[desc.typeName] ?? {})) {
    const number = numbers.get(word);
    if (number === undefined) throw new Error(`${desc.typeName} has no value ${word}`);
    numbers.set(alias, number);
  }
  return numbers;
}
