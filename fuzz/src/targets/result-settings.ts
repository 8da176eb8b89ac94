import type { ResultSettings } from '@isotherm/records';
import { TEST_SETTINGS } from '@isotherm/testkit';

/** What results depend on here. */
export const RESULT_SETTINGS: ResultSettings = { ...TEST_SETTINGS, maxCitiesPerPartition: 1000 };
