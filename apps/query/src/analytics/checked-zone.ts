import { invalidRequest } from '../rpc/validation.ts';

/** The zone, if both the runtime and the store know it. @throws REQUEST_INVALID */
export function checkedZone(timeZone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw invalidRequest([
      { field: 'time_zone', description: `${JSON.stringify(timeZone)} is no IANA zone; an example is Europe/Berlin` },
    ]);
  }
  // An offset like +02:00 is a zone to Intl, but not to the store.
  if (/^[A-Za-z]/.test(timeZone)) return timeZone;
  throw invalidRequest([{ field: 'time_zone', description: 'must be an IANA zone like Europe/Berlin, not an offset' }]);
}
