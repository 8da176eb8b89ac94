const HOUR_MS = 3_600_000;
/** No zone was ever further from UTC, those before standard time included. */
const FURTHEST_MS = 16 * HOUR_MS;

/** At most one for each zone of the IANA database. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day in a zone at an instant, as in `2026-03-29`. */
export function localDay(ms: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    // The one locale whose short date is ISO 8601's.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timeZone, format);
  }
  return format.format(ms);
}

/**
 * The first instant of a calendar day in a zone, in ms since the epoch. It need not be midnight, where clocks are put
 * forward then; a day that a zone left out begins with the one after it.
 */
export function startOfLocalDay(day: string, timeZone: string): number {
  const utcMidnight = Date.parse(`${day}T00:00:00Z`);
  let before = utcMidnight - FURTHEST_MS;
  let from = utcMidnight + FURTHEST_MS;
  // Days follow each other in a zone's own clock too: halving finds where this one begins, to the second.
  while (from - before > 1000) {
    const middle = Math.floor((before + from) / 2000) * 1000;
    if (localDay(middle, timeZone) >= day) from = middle;
    else before = middle;
  }
  return from;
}
