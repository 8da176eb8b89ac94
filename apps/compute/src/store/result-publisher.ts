import type { DeadLetter, RowOrigin } from '@isotherm/analytics';
import type { MinuteRows } from '@isotherm/domain';
import type { ForecastPoint } from '@isotherm/forecast';

/** The forecast of a city, issued when it completed an hour. */
export interface IssuedForecast {
  readonly cityId: string;
  /** Offset after the last record applied to its partition: with the log's incarnation, its version. */
  readonly appliedOffset: number;
  readonly issuedMs: number;
  readonly points: readonly ForecastPoint[];
}

/**
 * Gives results to others once they are stored. A call that rejects is repeated with the write that it belongs to: others
 * get everything at least once, and tell the newest by its version.
 */
export interface ResultPublisher {
  minutes(origin: RowOrigin, batches: readonly MinuteRows[]): Promise<void>;
  forecasts(origin: RowOrigin, forecasts: readonly IssuedForecast[]): Promise<void>;
  deadLetters(origin: RowOrigin, letters: readonly DeadLetter[]): Promise<void>;
}
