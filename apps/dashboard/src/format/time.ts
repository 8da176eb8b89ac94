/** How long ago, in words that change rarely: "now", "3 s ago", "4 min ago", "2 h ago", "5 days ago". */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 1) return 'now';
  if (seconds < 90) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.round(hours / 24)} days ago`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone ?? ''} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en-GB', { ...options, ...(timeZone === undefined ? {} : { timeZone }) });
    } catch {
      // A zone this browser does not know: its time is better shown in UTC than not at all.
      format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
    }
    formats.set(key, format);
  }
  return format;
}

/** Hour and minute in a zone, or in the browser's: 14:05. */
export function formatClock(ms: number, timeZone?: string): string {
  return formatIn(timeZone, { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** Weekday, hour and minute: Fri 14:05. */
export function formatDayClock(ms: number, timeZone?: string): string {
  return `${formatIn(timeZone, { weekday: 'short' }).format(ms)} ${formatClock(ms, timeZone)}`;
}

/** The zone's offset in short: GMT+5:30. */
export function formatZone(ms: number, timeZone: string): string {
  const parts = formatIn(timeZone, { timeZoneName: 'shortOffset' }).formatToParts(ms);
  return (parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC').replace('GMT', 'UTC');
}
