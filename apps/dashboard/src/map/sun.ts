/** The point of the Earth where the sun stands overhead, in degrees. */
export interface SubsolarPoint {
  readonly longitude: number;
  readonly latitude: number;
}

const RADIANS = Math.PI / 180;
const J2000_MS = Date.UTC(2000, 0, 1, 12);

/** Where the sun stands overhead, to about 0.01° (The Astronomical Almanac's low-precision formulas, section C). */
export function subsolarPoint(atMs: number): SubsolarPoint {
  const days = (atMs - J2000_MS) / 86_400_000;
  const meanLongitude = 280.46 + 0.9856474 * days;
  const anomaly = (357.528 + 0.9856003 * days) * RADIANS;
  const ecliptic = (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * RADIANS;
  const obliquity = (23.439 - 0.0000004 * days) * RADIANS;
  const rightAscension = Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic)) / RADIANS;
  const latitude = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic)) / RADIANS;
  const siderealDegrees = 280.46061837 + 360.98564736629 * days;
  return { longitude: wrapDegrees(rightAscension - siderealDegrees), latitude };
}

/** Height of the sun over the horizon at a place, in degrees. */
export function solarElevation(atMs: number, longitude: number, latitude: number): number {
  const sun = subsolarPoint(atMs);
  const sine =
    Math.sin(latitude * RADIANS) * Math.sin(sun.latitude * RADIANS) +
    Math.cos(latitude * RADIANS) * Math.cos(sun.latitude * RADIANS) * Math.cos((longitude - sun.longitude) * RADIANS);
  return Math.asin(Math.min(1, Math.max(-1, sine))) / RADIANS;
}

function wrapDegrees(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
