import type { Observation } from './observation.ts';
import { invalidObservation } from './observed-time.ts';

const VALUES = {
  temperatureCelsius: 'temperature_celsius',
  relativeHumidityPercent: 'relative_humidity_percent',
  windSpeedMps: 'wind_speed_mps',
} as const;

/**
 * Refuses a row whose fields are of other types than the platform's: it could not say so row by row. What is of the right
 * type is the platform's to judge.
 *
 * @throws IsothermClientError OBSERVATION_INVALID naming the field
 */
export function checkObservation(observation: Observation, row: number): void {
  const place = (field: string) => `observations[${row}].${field}`;
  if (typeof observation !== 'object' || observation === null) {
    throw invalidObservation(`observations[${row}]`, `Observation ${row} is ${shown(observation)}, not an object.`);
  }
  const { cityId, sensorId } = observation;
  if (typeof cityId !== 'string') {
    throw invalidObservation(place('city_id'), `Observation ${row} has the cityId ${shown(cityId)}; give a string.`);
  }
  if (sensorId !== undefined && typeof sensorId !== 'string') {
    throw invalidObservation(
      place('sensor_id'),
      `Observation ${row} has the sensorId ${shown(sensorId)}; give a string.`,
    );
  }
  for (const [name, field] of Object.entries(VALUES)) {
    const value = observation[name as keyof typeof VALUES];
    if (value === undefined || typeof value === 'number') continue;
    throw invalidObservation(
      place(field),
      `Observation ${row} has the ${name} ${shown(value)}; give a number, or leave it out if it was not measured.`,
    );
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
