import type { Observation } from '@isotherm/contracts/ingest/v1/observation';
import type { DecodedColumns } from '@isotherm/observation-wire';
import type { CityDictionary } from '../cities/city-dictionary.ts';
import type { SensorDictionary } from '../cities/sensor-dictionary.ts';

/** Columns and the dictionaries they refer to. A batch has one part, or two: rows, then columns. */
export interface BatchPart {
  readonly columns: DecodedColumns;
  readonly cities: CityDictionary;
  readonly sensors: SensorDictionary;
  /** The row as its producer wrote it, for its dead letter. */
  rowAt(row: number): Observation;
}

/** Which batch it is and when it was made. */
export interface BatchIdentityFacts {
  /** Who sends it. Producers of different tenants have nothing in common. */
  readonly tenant: string;
  /** Empty: nobody; the batch is never recognised again. */
  readonly producerId: string;
  readonly session: bigint;
  readonly sequence: number;
  /** Milliseconds since the epoch; 0 for unknown. */
  readonly createdUnixMs: number;
}
