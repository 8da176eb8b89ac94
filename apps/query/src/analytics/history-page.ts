import { createHash } from 'node:crypto';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { HistoryQuery, HistoryRow } from '@isotherm/analytics';
import type { QueryHistoryRequest, Resolution } from '@isotherm/contracts/analytics/v1/analytics_service';
import { decodePageToken, encodePageToken } from '../rpc/page-token.ts';
import type { TimeSpan } from './time-span.ts';

/** Where a page begins: the span and resolution of the first page hold for all, also where they were "now" or chosen. */
export interface HistoryPage extends TimeSpan {
  readonly resolution: Resolution;
  readonly after: HistoryQuery['after'];
}

/** Stands for a part of the position that a row does not have. */
const ABSENT = -1;

/** The page a request's token names; undefined for the first one. @throws REQUEST_INVALID */
export function pageOf(request: QueryHistoryRequest, cityId: string): HistoryPage | undefined {
  if (request.pageToken === '') return undefined;
  const whole = Number.isSafeInteger;
  const kinds = [whole, whole, whole, whole, whole, whole, whole];
  const position = decodePageToken(scopeOf(request, cityId), request.pageToken, kinds);
  const [fromMs = 0, toMs = 0, resolution = 0, startMs = 0, partition = 0, offset = 0, row = 0] = position;
  const after = partition === ABSENT ? { startMs } : { startMs, partition, offset, row };
  return { fromMs, toMs, resolution, after };
}

/** The token of the page after `last`. */
export function tokenAfter(
  last: HistoryRow,
  of: { readonly request: QueryHistoryRequest; readonly cityId: string; readonly page: HistoryPage },
): string {
  const { fromMs, toMs, resolution } = of.page;
  const { partition, offset, row } = last.position ?? { partition: ABSENT, offset: ABSENT, row: ABSENT };
  return encodePageToken(scopeOf(of.request, of.cityId), [
    fromMs,
    toMs,
    resolution,
    last.startMs,
    partition,
    offset,
    row,
  ]);
}

/** What has to stay the same from page to page; units and page size may change. */
function scopeOf(request: QueryHistoryRequest, cityId: string): string {
  const { startTime, endTime, startDate, endDate, resolution, timeZone } = request;
  const times = [startTime && timestampMs(startTime), endTime && timestampMs(endTime), startDate, endDate];
  const asked = [cityId, ...times, resolution, timeZone];
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
}
