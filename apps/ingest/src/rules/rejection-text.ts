import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import type { CityLimit, CityRegistry } from '../cities/city-registry.ts';
import type { ObservationRules, ValueRule } from './observation-rules.ts';

/** What a producer is told about a rejected row besides its value. */
export interface RejectionText {
  /** Field of Observation. */
  readonly field: string;
  /** The rule and the remedy. */
  readonly message: string;
}

/** Texts of the reasons that are decided on arrival, for a tenant. */
export type RejectionTexts = (reason: RejectReason, tenant: string) => RejectionText;

/** Writes the texts, with the limits of the schema in them. */
export function createRejectionTexts(rules: ObservationRules, registry: Pick<CityRegistry, 'limitOf'>): RejectionTexts {
  const { minBytes, maxBytes } = rules.cityId;
  const texts: Partial<Record<RejectReason, RejectionText>> = {
    [RejectReason.CITY_ID_INVALID]: {
      field: 'city_id',
      message: `city_id has ${minBytes} to ${maxBytes} bytes of UTF-8 without control characters; send the GeoNames id of the city, or a short name of your own.`,
    },
    [RejectReason.TIME_INVALID]: {
      field: 'observe_time',
      message: 'observe_time is required and not before 1980-01-01; send the time when the reading was taken.',
    },
    [RejectReason.TIME_IN_FUTURE]: {
      field: 'observe_time',
      message: 'observe_time may be at most 5 minutes ahead of the server; check the clock of the station.',
    },
    [RejectReason.TEMPERATURE_IMPOSSIBLE]: valueText(rules.temperature, '°C'),
    [RejectReason.HUMIDITY_IMPOSSIBLE]: valueText(rules.humidity, '%'),
    [RejectReason.WIND_IMPOSSIBLE]: valueText(rules.wind, 'm/s'),
    [RejectReason.CITY_INDEX_OUT_OF_RANGE]: {
      field: 'city_id',
      message: 'city_index must point into the dictionary; send the city in cities before, or in the same message.',
    },
    [RejectReason.SENSOR_INVALID]: {
      field: 'sensor_id',
      message: `sensor_id has at most ${rules.sensorId.maxBytes} bytes and sensor_index points into the dictionary of sensors; shorten the id or send the sensor first.`,
    },
    [RejectReason.BATCH_EXPIRED]: {
      field: 'batch.create_time',
      message:
        'a batch can be sent for one hour from its create_time; if it was never acknowledged, send its rows as a new batch.',
    },
    [RejectReason.SEQUENCE_CONFLICT]: {
      field: 'batch.sequence',
      message:
        'the sequence came before with another content; send a retry unchanged, and new rows under the next sequence.',
    },
    [RejectReason.EMPTY]: {
      field: 'temperature_celsius',
      message: 'an observation needs at least one measured value; leave out the row if nothing was measured.',
    },
  };
  return (reason, tenant) => {
    if (reason === RejectReason.TOO_MANY_CITIES) return tooManyCities(tenant, registry.limitOf(tenant));
    return texts[reason] ?? { field: '', message: RejectReason[reason] };
  };
}

function tooManyCities(tenant: string, { setting, limit }: CityLimit): RejectionText {
  const whose = setting === 'maxCities' ? 'ingest takes' : `tenant ${tenant} may be the first to send`;
  return {
    field: 'city_id',
    message: `the city is new, and ${whose} at most ${limit} different cities (setting ${setting}); raise it, or send to fewer cities.`,
  };
}

function valueText(rule: ValueRule, unit: string): RejectionText {
  return {
    field: rule.field,
    message: `${rule.field} must be a number from ${rule.min} to ${rule.max} ${unit}; check sensor and unit, and leave the value out if it was not measured.`,
  };
}
