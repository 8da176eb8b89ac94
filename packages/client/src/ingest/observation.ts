/** One reading of one city. A value that was not measured is left out: never 0, never NaN. */
export interface Observation {
  /** The city, 1 to 64 bytes. A GeoNames id for cities of the catalogue. */
  readonly cityId: string;
  /** When the reading was taken; a number is milliseconds since 1970-01-01T00:00:00Z. */
  readonly observeTime: Date | number;
  /** Air temperature in °C. */
  readonly temperatureCelsius?: number | undefined;
  /** Relative humidity in percent. */
  readonly relativeHumidityPercent?: number | undefined;
  /** Wind speed in m/s. */
  readonly windSpeedMps?: number | undefined;
  /** The sensor, if the city has several: their observations add up. At most 64 bytes. */
  readonly sensorId?: string | undefined;
}

/** One value a row: integers with a declared decimal scale (value = unscaled / 10^scale), or float64. Both are exact. */
export type ValueColumn =
  | {
      /** Decimal places, 0 to 6. */
      readonly scale: number;
      readonly unscaled: Int32Array;
      /** Rows, ascending, that were not measured; their entry is ignored. Default none. */
      readonly missingRows?: Uint32Array;
    }
  | {
      /** A NaN is a wrong value and rejected, unless its row is among the missing ones. */
      readonly values: Float64Array;
      /** As above. */
      readonly missingRows?: Uint32Array;
    };

/** Many observations, one entry a row in every column. Arrays are read before `write` returns and may then be reused. */
export interface ObservationColumns {
  /** City of each row: an index that `cityIndex` of the same stream gave. */
  readonly cityIndex: Uint32Array;
  /** Base of `observedOffsetMs`, milliseconds since 1970-01-01T00:00:00Z. */
  readonly baseUnixMs: number;
  /** Observation time of each row in milliseconds after the base. */
  readonly observedOffsetMs: Uint32Array;
  /** Air temperature in °C. Default not measured. */
  readonly temperatureCelsius?: ValueColumn;
  /** Relative humidity in percent. Default not measured. */
  readonly relativeHumidityPercent?: ValueColumn;
  /** Wind speed in m/s. Default not measured. */
  readonly windSpeedMps?: ValueColumn;
  /** Sensor of each row: 0 for none, otherwise what `sensorIndex` of the same stream gave. Default none. */
  readonly sensorIndex?: Uint32Array;
}
