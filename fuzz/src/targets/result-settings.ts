import type { ResultSettings } from '@isotherm/records';

/** What results depend on here. */
export const RESULT_SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: [26.67, 32.22, 39.44, 51.67],
  maxCitiesPerPartition: 1000,
};
