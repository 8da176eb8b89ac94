import { NWS_RISK_CELSIUS } from '@isotherm/domain';
import type { ResultSettings } from '@isotherm/records';

/** What holds until a partition's first settings record says otherwise. */
export const DEFAULT_SETTINGS: ResultSettings = {
  formula: 'NWS',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000,
  riskCelsius: NWS_RISK_CELSIUS,
  maxCitiesPerPartition: 65_536,
};
