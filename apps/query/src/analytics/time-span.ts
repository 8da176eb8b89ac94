import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { isCalendarDay } from '../rpc/instant-text.ts';
import { invalidRequest } from '../rpc/validation.ts';
import { startOfLocalDay } from './local-day.ts';

/** A span of time, ms since the epoch: from included, to not. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The ends that a request gives, each as an instant or as a day. */
export interface AskedSpan {
  readonly startTime?: Timestamp | undefined;
  readonly endTime?: Timestamp | undefined;
  /** `2026-03-29`; empty: not given. */
  readonly startDate?: string;
  readonly endDate?: string;
}

/** Times that the store can hold end here. */
const LAST_MS = 4_294_967_295_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The span a request asks for. Default: the `defaultMs` before its end; its end, now. A day begins when the clocks of
 * `timeZone` first show it.
 *
 * @throws REQUEST_INVALID
 */
export function timeSpan(
  asked: AskedSpan,
  options: { readonly nowMs: number; readonly defaultMs: number; readonly maxMs?: number; readonly timeZone?: string },
): TimeSpan {
  const { nowMs, defaultMs, maxMs, timeZone = 'UTC' } = options;
  const end = endOf('end', { time: asked.endTime, date: asked.endDate, timeZone });
  const start = endOf('start', { time: asked.startTime, date: asked.startDate, timeZone });
  const toMs = end?.ms ?? nowMs;
  const fromMs = start?.ms ?? Math.max(0, toMs - defaultMs);
  const field = start?.field ?? end?.field ?? 'start_time';
  const endName = end === undefined ? 'now' : end.field;
  if (fromMs >= toMs) {
    throw invalidRequest([{ field, description: `${iso(fromMs)} must be before ${endName}, ${iso(toMs)}` }]);
  }
  if (maxMs !== undefined && toMs - fromMs > maxMs) {
    const days = maxMs / 86_400_000;
    const description = `${iso(fromMs)} must be at most ${days} days before ${endName}, ${iso(toMs)}`;
    throw invalidRequest([{ field, description }]);
  }
  return { fromMs, toMs };
}

interface End {
  readonly field: string;
  readonly ms: number;
}

function endOf(
  which: 'start' | 'end',
  { time, date = '', timeZone }: { time: Timestamp | undefined; date: string | undefined; timeZone: string },
): End | undefined {
  if (date !== '') {
    const field = `${which}_date`;
    if (time !== undefined) {
      throw invalidRequest([{ field, description: `${JSON.stringify(date)} is given beside ${which}_time: give one` }]);
    }
    if (!DATE.test(date) || !isCalendarDay(date)) {
      throw invalidRequest([{ field, description: `${JSON.stringify(date)} is no day like 2026-03-29` }]);
    }
    return within({ field, ms: startOfLocalDay(date, timeZone) });
  }
  return time === undefined ? undefined : within({ field: `${which}_time`, ms: timestampMs(time) });
}

function within(end: End): End {
  if (end.ms >= 0 && end.ms <= LAST_MS) return end;
  const description = `${iso(end.ms)} must lie between 1970-01-01 and ${iso(LAST_MS)}`;
  throw invalidRequest([{ field: end.field, description }]);
}

function iso(ms: number): string {
  return Number.isNaN(new Date(ms).getTime()) ? `${ms} ms` : new Date(ms).toISOString();
}
