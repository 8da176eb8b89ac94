import type { ResultSettings } from '@isotherm/records';
import { NWS_RISK_CELSIUS } from '../weather/risk-level.ts';

/** What a new log's settings record says, and what holds until a partition's first one is read. */
export const DEFAULT_RESULT_SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: NWS_RISK_CELSIUS,
  maxCitiesPerPartition: 65_536,
};
