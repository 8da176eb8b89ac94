/** One value a row, as sent. Both encodings absent: the column was not sent. Both present: the message is wrong. */
export interface DecodedColumn {
  /** Decimal places of `unscaled`: value = unscaled / 10^scale. */
  readonly scale: number;
  readonly unscaled: Int32Array;
  readonly values: Float64Array;
  /** Rows whose value was not measured, as sent: perhaps neither ascending nor within the rows. */
  readonly missingRows: Uint32Array;
}

/** isotherm.ingest.v1.ObservationColumns in typed arrays. Nothing is checked yet: lengths may differ. */
export interface DecodedColumns {
  /** City ids to add to the dictionary. */
  readonly cities: readonly string[];
  readonly cityIndex: Uint32Array;
  /** Milliseconds since the epoch. */
  readonly baseMs: number;
  /** Milliseconds after the base; float64 in what was made from rows, NaN there for a row without time. */
  readonly observedOffsetMs: Uint32Array | Float64Array;
  readonly temperature: DecodedColumn;
  readonly humidity: DecodedColumn;
  readonly wind: DecodedColumn;
  /** Sensor ids to add to the dictionary. */
  readonly sensors: readonly string[];
  /** 0 for none, otherwise 1 + index into the sensors. Empty: no row has one. */
  readonly sensorIndex: Uint32Array;
}

/** A column that was not sent. */
export const ABSENT_COLUMN: DecodedColumn = {
  scale: 0,
  unscaled: new Int32Array(),
  values: new Float64Array(),
  missingRows: new Uint32Array(),
};
