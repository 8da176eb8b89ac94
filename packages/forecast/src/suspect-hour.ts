import { temperatureAt } from './city-history.ts';
import { ISSUED, issueAt, NEWEST_WITH_TEMPERATURE, REGRESSION_SCORES, SUSPECT_HOUR, SUSPECT_RUN } from './city-row.ts';
import { climateAt } from './climate.ts';
import { REGRESSION_PRIOR_MAE } from './error-priors.ts';
import { expectedMae } from './error-score.ts';
import { hasFeatures } from './features.ts';
import { KNOTS } from './lead-knots.ts';

/** An hour this far in °C from what was forecast an hour before is suspect. MADIS allows 35 °F (19.4 °C) between hours. */
const LEAST_JUMP_CELSIUS = 12;
/** The same in mean absolute errors, where that is more. */
const JUMP_ERRORS = 8;
/** So many suspect hours in a row are no accident: the third is believed. */
const RUN_BELIEVED = 3;

/** Notes an hour whose mean is far from what was forecast. @returns whether it says nothing yet. Call before the hour is entered. */
export function noteSuspect(row: Float32Array, hour: number, temperature: number): boolean {
  const before = row[NEWEST_WITH_TEMPERATURE]!;
  if (before < 0 || hour - before > RUN_BELIEVED) return false;
  const expected = hasFeatures(row, before)
    ? climateAt(row, before + 1) + row[issueAt(ISSUED, before, KNOTS)]!
    : temperatureAt(row, before);
  const jump = Math.max(
    LEAST_JUMP_CELSIUS,
    JUMP_ERRORS * expectedMae(row, REGRESSION_SCORES, REGRESSION_PRIOR_MAE[0]!),
  );
  if (!(Math.abs(temperature - expected) > jump)) return false;
  row[SUSPECT_RUN] = hour - row[SUSPECT_HOUR]! <= 1 ? row[SUSPECT_RUN]! + 1 : 1;
  row[SUSPECT_HOUR] = hour;
  return row[SUSPECT_RUN]! < RUN_BELIEVED;
}
