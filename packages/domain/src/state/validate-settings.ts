import type { ResultSettings } from '@isotherm/records';

/** @throws RangeError if results cannot depend on such settings. */
export function validateSettings(settings: ResultSettings): void {
  const {
    formula,
    outOfOrdernessMs,
    allowedLatenessMs,
    riskCelsius,
    maxCitiesPerPartition,
    maxStateBytesPerPartition,
  } = settings;
  requireThat(formula === 'NWS' || formula === 'ROTHFUSZ', `formula ${String(formula)} is unknown`);
  requireThat(outOfOrdernessMs >= 0, `outOfOrdernessMs is ${outOfOrdernessMs}, it must not be negative`);
  requireThat(allowedLatenessMs >= 0, `allowedLatenessMs is ${allowedLatenessMs}, it must not be negative`);
  requireThat(maxStateBytesPerPartition >= 0, `maxStateBytesPerPartition is ${maxStateBytesPerPartition}`);
  requireThat(maxCitiesPerPartition >= 0, `maxCitiesPerPartition is ${maxCitiesPerPartition}`);
  const rising = riskCelsius.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound >= riskCelsius[i - 1]!));
  requireThat(riskCelsius.length === 4 && rising, `riskCelsius ${riskCelsius.join(', ')} are no four rising bounds`);
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(message);
}
