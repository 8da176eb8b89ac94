import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { invalidRequest } from '../rpc/validation.ts';

/** A span of time, ms since the epoch: from included, to not. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Times that the store can hold end here. */
const LAST_MS = 4_294_967_295_000;

/** The span a request asks for. Default: the `defaultMs` before its end; its end, now. @throws REQUEST_INVALID */
export function timeSpan(
  request: { readonly startTime?: Timestamp | undefined; readonly endTime?: Timestamp | undefined },
  options: { readonly nowMs: number; readonly defaultMs: number; readonly maxMs?: number },
): TimeSpan {
  const toMs = request.endTime === undefined ? options.nowMs : instant('end_time', request.endTime);
  const fromMs =
    request.startTime === undefined ? Math.max(0, toMs - options.defaultMs) : instant('start_time', request.startTime);
  if (fromMs >= toMs) {
    throw invalidRequest([
      { field: 'start_time', description: `${iso(fromMs)} must be before end_time, ${iso(toMs)}` },
    ]);
  }
  if (options.maxMs !== undefined && toMs - fromMs > options.maxMs) {
    const days = options.maxMs / 86_400_000;
    throw invalidRequest([
      { field: 'start_time', description: `must be at most ${days} days before end_time, ${iso(toMs)}` },
    ]);
  }
  return { fromMs, toMs };
}

function instant(field: string, at: Timestamp): number {
  const ms = timestampMs(at);
  if (ms >= 0 && ms <= LAST_MS) return ms;
  throw invalidRequest([{ field, description: `must lie between 1970-01-01 and ${iso(LAST_MS)}` }]);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
