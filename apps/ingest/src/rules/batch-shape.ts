import type { DecodedColumn, DecodedColumns } from '@isotherm/observation-wire';
import type { FieldViolation } from '@isotherm/service-kit';

/** Decimal places a column may declare, as in the schema of DecimalColumn. */
const MAX_SCALE = 6;

/** What is wrong with the shape of a batch as a whole: its rows cannot be told apart, so that none is taken. */
export function shapeViolations(columns: DecodedColumns): FieldViolation[] {
  const rows = columns.cityIndex.length;
  const violations: FieldViolation[] = [];
  const checkLength = (field: string, length: number): void => {
    if (length === rows) return;
    violations.push({
      field: `columns.${field}`,
      description: `${field} has ${length} entries and city_index ${rows}; send one entry a row in every column.`,
    });
  };
  checkLength('observed_offset_ms', columns.observedOffsetMs.length);
  if (columns.sensorIndex.length > 0) checkLength('sensor_index', columns.sensorIndex.length);
  checkColumn('temperature_celsius', columns.temperature, rows, violations);
  checkColumn('relative_humidity_percent', columns.humidity, rows, violations);
  checkColumn('wind_speed_mps', columns.wind, rows, violations);
  return violations;
}

function checkColumn(name: string, column: DecodedColumn, rows: number, violations: FieldViolation[]): void {
  const add = (field: string, description: string) => void violations.push({ field: `columns.${field}`, description });
  const { unscaled, values, missingRows, scale } = column;
  if (unscaled.length > 0 && values.length > 0) {
    add(name, `${name} has both unscaled and values; send one of them.`);
    return;
  }
  const length = unscaled.length + values.length;
  if (length !== rows && (length !== 0 || missingRows.length !== 0)) {
    add(name, `${name} has ${length} entries and city_index ${rows}; send one entry a row, or no column at all.`);
  }
  if (scale > MAX_SCALE) {
    add(`${name}.scale`, `scale is ${scale}; the largest is ${MAX_SCALE}: send values as float64 instead.`);
  }
  const field = `${name}.missing_rows`;
  for (let index = 0; index < missingRows.length; index += 1) {
    const row = missingRows[index]!;
    if (row >= rows) {
      add(field, `missing_rows names row ${row} of ${rows}; name rows of the batch, from 0.`);
      return;
    }
    if (index > 0 && row <= missingRows[index - 1]!) {
      add(field, `missing_rows must ascend; row ${row} follows row ${missingRows[index - 1]}.`);
      return;
    }
  }
}
