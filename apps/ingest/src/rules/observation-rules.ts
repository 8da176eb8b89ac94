import { type DescField, getOption } from '@bufbuild/protobuf';
import { field as fieldRules } from '@isotherm/contracts/buf/validate';
import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';

/** Earliest observation time taken: 1980-01-01T00:00:00Z, in ms since the epoch. */
export const EARLIEST_OBSERVED_MS = Date.UTC(1980, 0, 1);

/** How far an observation may lie ahead of the append stamp, in ms. */
export const MAX_AHEAD_MS = 5 * 60_000;

/** How long a batch may be retried from when it was made, in ms. */
export const BATCH_LIFETIME_MS = 60 * 60_000;

/** Limits of one value. */
export interface ValueRule {
  /** Name in Observation. */
  readonly field: string;
  readonly reason: RejectReason;
  readonly min: number;
  readonly max: number;
}

/** What the schema demands of an observation. */
export interface ObservationRules {
  readonly cityId: { readonly minBytes: number; readonly maxBytes: number };
  readonly sensorId: { readonly maxBytes: number };
  readonly temperature: ValueRule;
  readonly humidity: ValueRule;
  readonly wind: ValueRule;
}

/** Reads the rules from the options of Observation's fields: the schema is their one source. */
export function readObservationRules(): ObservationRules {
  const { cityId, sensorId, temperatureCelsius, relativeHumidityPercent, windSpeedMps } = ObservationSchema.field;
  return {
    cityId: textLimits(cityId),
    sensorId: textLimits(sensorId),
    temperature: valueRule(temperatureCelsius, RejectReason.TEMPERATURE_IMPOSSIBLE),
    humidity: valueRule(relativeHumidityPercent, RejectReason.HUMIDITY_IMPOSSIBLE),
    wind: valueRule(windSpeedMps, RejectReason.WIND_IMPOSSIBLE),
  };
}

function textLimits(field: DescField): { minBytes: number; maxBytes: number } {
  const { type } = getOption(field, fieldRules);
  if (type.case !== 'string') throw new Error(`${field} has no rules for text in the schema`);
  return { minBytes: Number(type.value.minBytes), maxBytes: Number(type.value.maxBytes) };
}

function valueRule(field: DescField, reason: RejectReason): ValueRule {
  const { type } = getOption(field, fieldRules);
  if (type.case !== 'double' || type.value.greaterThan.case !== 'gte' || type.value.lessThan.case !== 'lte') {
    throw new Error(`${field} has no limits (gte, lte) in the schema`);
  }
  return { field: field.name, reason, min: type.value.greaterThan.value, max: type.value.lessThan.value };
}
