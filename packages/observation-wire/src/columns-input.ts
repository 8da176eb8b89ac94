/** One value a row, to be sent. */
export type ColumnInput =
  | {
      /** Decimal places: value = unscaled / 10^scale. */
      readonly scale: number;
      readonly unscaled: Int32Array;
      /** Rows, ascending, whose value was not measured. Default none. */
      readonly missingRows?: Uint32Array;
    }
  | { readonly values: Float64Array; readonly missingRows?: Uint32Array };

/** Observations in columns, to be sent. */
export interface ColumnsInput {
  /** Cities to append to the stream's dictionary. Default none. */
  readonly cities?: readonly string[];
  /** City of each row in the stream's dictionary. */
  readonly cityIndex: Uint32Array;
  /** Milliseconds since the epoch. */
  readonly baseMs: number;
  readonly observedOffsetMs: Uint32Array;
  readonly temperature?: ColumnInput;
  readonly humidity?: ColumnInput;
  readonly wind?: ColumnInput;
  /** Sensors to append to the stream's dictionary. Default none. */
  readonly sensors?: readonly string[];
  /** 0 for none, otherwise 1 + index into the stream's sensors. Default: no row has one. */
  readonly sensorIndex?: Uint32Array;
}
