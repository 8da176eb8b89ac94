/** One metric's part in minute rows, one entry a row. Sums and extremes are integers in the metric's unit. */
export interface MetricColumns {
  /** Observations that had the value. */
  readonly count: Uint32Array;
  /** Heat index: multiples of 2^-30 °C. Others: hundredths. */
  readonly sum: Float64Array;
  /** Hundredths; 0 when count is 0. */
  readonly min: Int32Array;
  readonly max: Int32Array;
}

/** A rolling window's part in minute rows: [minute - width, minute], both ends included. */
export interface RollingColumns {
  /** Observations with a heat index. */
  readonly heatIndexCount: Uint32Array;
  /** Multiples of 2^-30 °C. */
  readonly heatIndexSum: Float64Array;
  /** Observations with a temperature. */
  readonly temperatureCount: Uint32Array;
  /** Hundredths of a degree Celsius. */
  readonly temperatureSum: Float64Array;
}

/** Rows of city_minutes in columns, to be stored. All of one partition, true at `appliedOffset`. */
export interface MinuteRows {
  readonly partition: number;
  /** Offset after the last record applied when the rows were made: with the log's incarnation, their version. */
  readonly appliedOffset: number;
  readonly rowCount: number;
  /** City of a row: index into `cityIds`. */
  readonly city: Uint32Array;
  readonly cityIds: readonly string[];
  /** Minutes since 1970-01-01T00:00Z. */
  readonly minute: Uint32Array;
  /** Observations of the pane. */
  readonly count: Uint32Array;
  readonly heatIndex: MetricColumns;
  readonly temperature: MetricColumns;
  readonly humidity: MetricColumns;
  readonly wind: MetricColumns;
  /** Highest risk level of the pane, 1 none … 5 extreme danger, 0 unknown (RiskLevel of isotherm.type.v1). */
  readonly risk: Uint8Array;
  /** Worst quality of the pane (QualityFlag of isotherm.type.v1). */
  readonly quality: Uint8Array;
  readonly rolling5m: RollingColumns;
  readonly rolling1h: RollingColumns;
  readonly rolling24h: RollingColumns;
}
