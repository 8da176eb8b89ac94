import type { ResultSettings } from '@isotherm/records';

/** What holds until a partition's first settings record says otherwise. */
export const DEFAULT_SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: [(80 - 32) / 1.8, (90 - 32) / 1.8, (103 - 32) / 1.8, (125 - 32) / 1.8],
  maxCitiesPerPartition: 65_536,
};
