import type { PaneChunk } from './pane-chunk.ts';
import { hourOfMinute, pageOfHour, slotPageAt } from './pane-layout.ts';
import type { RollingBuffer, RowColumns } from './row-columns.ts';

/** Which windows of a row cannot be told any more. */
export interface LostWindows {
  readonly fiveMinutes: boolean;
  readonly hour: boolean;
  readonly day: boolean;
}

/**
 * Windows of a slot's minute that reach into an hour whose page of the ring holds a later one by now. Of any other hour
 * the ring holds all there is: its page holds it, or an older one, and then there was nothing.
 */
export function lostWindows(chunk: PaneChunk, inChunk: number, minute: number): LostWindows {
  const hour = hourOfMinute(minute);
  const isLost = (of: number): boolean => of >= 0 && chunk.hour[slotPageAt(pageOfHour(of), inChunk)]! > of;
  let day = false;
  for (let back = 1; back <= 24 && !day; back++) day = isLost(hour - back);
  const hourBefore = isLost(hour - 1);
  return { fiveMinutes: hourBefore && minute - hour * 60 < 5, hour: hourBefore, day };
}

/** Makes windows of a row missing: what a window is not is never a number. */
export function clearLostWindows(rows: RowColumns, at: number, lost: LostWindows): void {
  if (lost.fiveMinutes) clearWindow(rows.rolling5m, at);
  if (lost.hour) clearWindow(rows.rolling1h, at);
  if (lost.day) clearWindow(rows.rolling24h, at);
}

function clearWindow(window: RollingBuffer, at: number): void {
  window.heatIndexCount[at] = 0;
  window.heatIndexSum[at] = 0;
  window.temperatureCount[at] = 0;
  window.temperatureSum[at] = 0;
}
