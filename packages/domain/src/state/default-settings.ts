import type { ResultSettings } from '@isotherm/records';
import { NWS_RISK_CELSIUS } from '../weather/risk-level.ts';

/** What a new log is made with where nobody says otherwise. */
export const DEFAULT_RESULT_SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: NWS_RISK_CELSIUS,
  maxCitiesPerPartition: 65_536,
  maxStateBytesPerPartition: 64 * 1024 * 1024,
};
