import { rootBetween } from './root.ts';
import { type BodyAndAir, bodyIn, saturationPa } from './thermoregulation.ts';

/** Vapour pressure at which a warm place is said to be as hot as it feels, in Pa. */
const REFERENCE_VAPOUR_PA = 1600;

/**
 * Heat index of Lu and Romps: the temperature of air with a vapour pressure of 1.6 kPa (saturated where that is more
 * than saturation) in which a body would be in the same state. Valid at any temperature and humidity.
 *
 * Source: Y.-C. Lu, D. M. Romps, "Extending the Heat Index", J. Appl. Meteorol. Climatol. 61 (2022) 1367–1383. The
 * values of the revision of 2025 in index-vectors.json are met to 1e-7 K.
 *
 * It solves equations: some hundred microseconds a call, for tables and comparisons, not for the hot path.
 *
 * @param airKelvin Air temperature, K.
 * @param relativeHumidity 0 to 1.
 * @returns K.
 */
export function luRompsHeatIndexKelvin(airKelvin: number, relativeHumidity: number): number {
  const wanted = bodyIn(airKelvin, relativeHumidity);
  const [low, high] = RANGE_KELVIN[wanted.region];
  return rootBetween((kelvin) => rank(bodyIn(kelvin, referenceHumidity(wanted, kelvin)), wanted), low, high);
}

/** Where the answer lies, by how the body copes. */
const RANGE_KELVIN: Readonly<Record<BodyAndAir['region'], readonly [number, number]>> = {
  covering: [1, 240],
  clothing: [230, 300],
  bloodFlow: [295, 350],
  heating: [340, 1000],
};

/** The regions from cold to hot: a body in a later one is hotter than any in an earlier one. */
const ORDER = ['covering', 'clothing', 'bloodFlow', 'heating'] as const;

function referenceHumidity(wanted: BodyAndAir, kelvin: number): number {
  if (wanted.region === 'covering') return 1;
  const share = REFERENCE_VAPOUR_PA / saturationPa(kelvin);
  return wanted.region === 'clothing' ? Math.min(1, share) : share;
}

/** Below 0 where `found` is colder than `wanted`, above 0 where it is hotter. */
function rank(found: BodyAndAir, wanted: BodyAndAir): number {
  const regions = ORDER.indexOf(found.region) - ORDER.indexOf(wanted.region);
  if (regions !== 0) return regions;
  // Covering, clothing and the resistance of blood flow fall as it gets hotter; heating rises.
  return wanted.region === 'heating' ? found.measure - wanted.measure : wanted.measure - found.measure;
}
