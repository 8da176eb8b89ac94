import type { ResultSettings } from '@isotherm/records';

/** Settings of results for tests: the product's defaults with rounded risk levels, and room for few cities. */
export const TEST_SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: [26.67, 32.22, 39.44, 51.67],
  maxCitiesPerPartition: 100,
  maxStateBytesPerPartition: 1 << 26,
};
