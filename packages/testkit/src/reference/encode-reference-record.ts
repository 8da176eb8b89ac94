import { encodeCityChange, encodeObservations, encodeTick } from '@isotherm/records';
import type { ReferenceRecord } from './reference-record.ts';

/** A record of the reference model as the log holds it. Rejected rows are left out. */
export function encodeReferenceRecord(record: ReferenceRecord): Uint8Array {
  switch (record.kind) {
    case 'observations':
      return encodeObservations({
        slices: record.slices.map(({ tenant = '', producer, rows }) =>
          producer === undefined ? { tenant, rows } : { tenant, producer, rows },
        ),
        replay: record.replay
          ?.slice(
            0,
            record.slices.reduce((sum, { rows }) => sum + rows.length, 0),
          )
          .map((letter) => ({ ...letter, attempt: 1, firstSeenMs: record.appendMs })),
      });
    case 'tick':
      return encodeTick();
    case 'cityRemoved':
      return encodeCityChange({
        cityId: record.cityId,
        change: 'removed',
        city: new Uint8Array(),
      });
  }
}
