import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { DeadLetter } from '@isotherm/analytics';
import { CityForecastSchema } from '@isotherm/contracts/bus/v1/city_forecast';
import {
  CityMinuteSchema,
  type MinuteValueSchema,
  type RollingMeanSchema,
} from '@isotherm/contracts/bus/v1/city_minute';
import { DeadLetterEventSchema } from '@isotherm/contracts/bus/v1/dead_letter_event';
import { DeadLetterReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { RiskLevel } from '@isotherm/contracts/type/v1/weather';
import type { MetricColumns, MinuteRows, RollingColumns } from '@isotherm/domain';

/** A forecast, and what it was made from. */
export interface ForecastToPublish {
  readonly cityId: string;
  readonly appliedOffset: number;
  readonly issuedMs: number;
  readonly points: readonly {
    readonly leadHours: number;
    readonly validMs: number;
    readonly temperatureCelsius: number;
    readonly lowCelsius: number;
    readonly highCelsius: number;
    readonly heatIndexCelsius: number | undefined;
    readonly model: string;
  }[];
}

const MINUTE_MS = 60_000;
/** Sums of heat indices are multiples of 2^-30 °C, others of hundredths. */
const HEAT_INDEX_UNIT = 2 ** -30;
const HUNDREDTH = 0.01;

/** Minute rows as messages, with their cities. */
export function* minuteMessages(
  incarnation: string,
  batches: readonly MinuteRows[],
): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
  for (const rows of batches) {
    for (let row = 0; row < rows.rowCount; row++) {
      const cityId = rows.cityIds[rows.city[row]!]!;
      const message = create(CityMinuteSchema, {
        cityId,
        minuteTime: timestampFromMs(rows.minute[row]! * MINUTE_MS),
        incarnation,
        appliedOffset: BigInt(rows.appliedOffset),
        observations: rows.count[row]!,
        ...present('heatIndexCelsius', metricOf(rows.heatIndex, row, HEAT_INDEX_UNIT)),
        ...present('temperatureCelsius', metricOf(rows.temperature, row, HUNDREDTH)),
        ...present('relativeHumidityPercent', metricOf(rows.humidity, row, HUNDREDTH)),
        ...present('windSpeedMps', metricOf(rows.wind, row, HUNDREDTH)),
        riskLevel: rows.risk[row] === RiskLevel.UNSPECIFIED ? '' : (RiskLevel[rows.risk[row]!] ?? ''),
        rolling: [
          rollingOf(rows.rolling5m, row, 5),
          rollingOf(rows.rolling1h, row, 60),
          rollingOf(rows.rolling24h, row, 1440),
        ],
      });
      yield { key: cityId, bytes: toBinary(CityMinuteSchema, message) };
    }
  }
}

/** A forecast as a message. */
export function forecastMessage(incarnation: string, { cityId, ...forecast }: ForecastToPublish): Uint8Array {
  const message = create(CityForecastSchema, {
    cityId,
    issueTime: timestampFromMs(forecast.issuedMs),
    incarnation,
    appliedOffset: BigInt(forecast.appliedOffset),
    hours: forecast.points.map((point) => ({
      leadHours: point.leadHours,
      validTime: timestampFromMs(point.validMs),
      temperatureCelsius: point.temperatureCelsius,
      temperatureLowCelsius: point.lowCelsius,
      temperatureHighCelsius: point.highCelsius,
      ...present('heatIndexCelsius', point.heatIndexCelsius),
      model: point.model,
    })),
  });
  return toBinary(CityForecastSchema, message);
}

/** A dead letter as a message. */
export function deadLetterEvent(incarnation: string, letter: DeadLetter): Uint8Array {
  const message = create(DeadLetterEventSchema, {
    incarnation,
    partition: letter.partition,
    offset: BigInt(letter.offset),
    row: letter.row,
    reason: DeadLetterReason[letter.reason] ?? '',
    message: letter.message,
    cityId: letter.cityId,
    tenant: letter.tenant,
    producerId: letter.producerId,
    ...present('observeTime', letter.observedMs === undefined ? undefined : timestampFromMs(letter.observedMs)),
    firstSeenTime: timestampFromMs(letter.firstSeenMs),
    observation: letter.observation,
  });
  return toBinary(DeadLetterEventSchema, message);
}

function metricOf(
  column: MetricColumns,
  row: number,
  unit: number,
): MessageInitShape<typeof MinuteValueSchema> | undefined {
  const count = column.count[row]!;
  if (count === 0) return undefined;
  const mean = unit === HUNDREDTH ? column.sum[row]! / count / 100 : (column.sum[row]! / count) * unit;
  return { count, mean, min: column.min[row]! / 100, max: column.max[row]! / 100 };
}

function rollingOf(window: RollingColumns, row: number, minutes: number): MessageInitShape<typeof RollingMeanSchema> {
  const [heatCount, count] = [window.heatIndexCount[row]!, window.temperatureCount[row]!];
  return {
    minutes,
    ...present(
      'heatIndexCelsius',
      heatCount === 0 ? undefined : (window.heatIndexSum[row]! / heatCount) * HEAT_INDEX_UNIT,
    ),
    ...present('temperatureCelsius', count === 0 ? undefined : window.temperatureSum[row]! / count / 100),
  };
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [K in Name]: Value });
}
