import { create, toBinary } from '@bufbuild/protobuf';
import { RejectReason, RowRejectionSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import type { Observation } from '@isotherm/contracts/ingest/v1/observation';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { CITY_WORDS, MAX_KEPT_CHARACTERS } from '../cities/city-dictionary.ts';
import type { RejectionTexts } from '../rules/rejection-text.ts';
import type { ValidatedPart } from './stage-rows.ts';
import type { StagedBatch, StagedGroup } from './staged-group.ts';

/** Rejected rows an ack names; all of them are in the log. */
const MAX_NAMED = 100;

/** Adds the rejected rows of a part that was staged just now to its group. Rows are numbered from `firstRow`. */
export function stageRejects(
  group: StagedGroup,
  validated: ValidatedPart,
  into: { readonly batch: StagedBatch; readonly firstRow: number; readonly texts: RejectionTexts },
): void {
  const { part, reasons } = validated;
  if (reasons === undefined) return;
  const { batch, firstRow, texts } = into;
  const { cityIndex } = part.columns;
  const { last } = group.slices;
  for (let row = 0; row < cityIndex.length; row += 1) {
    const reason = reasons[row] as RejectReason;
    if (reason === 0) continue;
    const index = cityIndex[row]!;
    const owner = index < part.cities.size ? part.cities.words[index * CITY_WORDS + 1]! : index % last.length;
    const { field, message } = texts(reason, batch.identity.tenant);
    const found = part.rowAt(row);
    const observation = toBinary(ObservationSchema, keptRow(found));
    group.rejects.push({ slice: last[owner]!, batchRow: firstRow + row, reason, message, observation });
    group.rejectedBytes += observation.byteLength + message.length;
    batch.rejected += 1;
    if (batch.rejections.length < MAX_NAMED) {
      const outside = reason === RejectReason.CITY_INDEX_OUT_OF_RANGE;
      const value = outside ? `city_index ${index}` : valueText(found, field);
      batch.rejections.push(create(RowRejectionSchema, { row: firstRow + row, reason, field, value, message }));
    }
  }
}

/** The row with its ids cut to what is kept. */
export function keptRow(row: Observation): Observation {
  if (row.cityId.length <= MAX_KEPT_CHARACTERS && row.sensorId.length <= MAX_KEPT_CHARACTERS) return row;
  const cut = create(ObservationSchema, {
    ...row,
    cityId: row.cityId.slice(0, MAX_KEPT_CHARACTERS),
    sensorId: row.sensorId.slice(0, MAX_KEPT_CHARACTERS),
  });
  return cut;
}

function valueText(row: Observation, field: string): string {
  switch (field) {
    case 'city_id':
      return row.cityId.slice(0, MAX_KEPT_CHARACTERS);
    case 'sensor_id':
      return row.sensorId.slice(0, MAX_KEPT_CHARACTERS);
    case 'observe_time':
      return row.observeTime === undefined ? '' : timeText(Number(row.observeTime.seconds) * 1000);
    case 'temperature_celsius':
      return numberText(row.temperatureCelsius);
    case 'relative_humidity_percent':
      return numberText(row.relativeHumidityPercent);
    case 'wind_speed_mps':
      return numberText(row.windSpeedMps);
    default:
      return '';
  }
}

function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? `${ms} ms` : time.toISOString();
}

function numberText(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
