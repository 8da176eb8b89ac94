const DAY = /^(\d{4})-(\d{2})-(\d{2})/;

/**
 * Whether the date that a text begins with is in the calendar: `Date.parse` takes the 30th of February for the 2nd of
 * March. A text that begins with no date is for others to refuse.
 */
export function isCalendarDay(text: string): boolean {
  const [, year, month, day] = DAY.exec(text) ?? [];
  if (year === undefined) return true;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
