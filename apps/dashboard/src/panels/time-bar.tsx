import { useState } from 'react';
import type { LiveStore } from '../data/live-store.ts';
import { MEMORY_MS, MOMENT_MS } from '../data/moments.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatCount } from '../format/numbers.ts';
import { formatClock, formatDayClock } from '../format/time.ts';
import { useModel } from '../model-context.ts';
import './time-bar.css';
import { useTicker } from './use-ticker.ts';

const HOUR_MS = 3_600_000;
/** A moment counts as remembered when this share of the cities has a value. */
const REMEMBERED_SHARE = 0.6;

/** The last 25 hours: drag to look back, Live to return. While yesterday plays, the handle plays with it. */
export function TimeBar() {
  const { store, past } = useModel();
  const moment = useObservable(past.moment);
  const { phase } = useObservable(store.connection);
  const [dragging, setDragging] = useState<number | undefined>(undefined);
  useTicker(1000);
  const feed = store.stats.get().at(-1)?.feed;
  const wall = store.clock.wallNow();
  const to = Math.ceil(wall / MOMENT_MS) * MOMENT_MS;
  const from = to - MEMORY_MS;
  const live = moment === undefined;
  const now = store.clock.now();
  const { behind } = store.clock;
  const at = dragging ?? moment?.atMs ?? now;
  const share = Math.min(1, Math.max(0, (at - from) / (to - from)));

  const look = (ms: number): void => {
    // The right end is now: dragging there is the same as pressing Live.
    const now = ms >= to;
    setDragging(now ? undefined : ms);
    past.lookAt(now ? undefined : ms);
  };

  return (
    <section className="time-bar surface" aria-label="Time" data-live={live}>
      <div className="time-track">
        <div className="time-rail">
          {rememberedSpans(store, from, to).map(([left, right]) => (
            <div key={left} className="time-known" style={{ left: `${left}%`, width: `${right - left}%` }} />
          ))}
          <div className="time-done" style={{ width: `${share * 100}%` }} />
        </div>
        <Hours from={from} to={to} />
        <input
          type="range"
          className="time-input"
          aria-label="Time the map shows"
          aria-valuetext={live ? 'Live' : formatDayClock(at)}
          min={from}
          max={to}
          step={MOMENT_MS}
          value={at}
          onChange={(event) => look(event.currentTarget.valueAsNumber)}
          onPointerUp={() => setDragging(undefined)}
        />
      </div>
      <div className="time-state">
        <button
          type="button"
          className="time-live"
          aria-pressed={live && phase === 'live'}
          onClick={() => look(Number.POSITIVE_INFINITY)}
        >
          Live
        </button>
        <span className="time-words">
          {moment ? (
            <>
              <b>{formatDayClock(moment.atMs)}</b>{' '}
              <span className="quiet">{pastWords(moment.source, moment.cities)}</span>
            </>
          ) : behind !== 'no' ? (
            <>
              <b>{formatDayClock(now)}</b>{' '}
              <span className="quiet">
                {behind === 'replaying'
                  ? `Playing yesterday, ${Math.round((feed?.shareDone ?? 0) * 100)} % sent`
                  : 'Catching up'}
              </span>
            </>
          ) : (
            <b>{formatClock(wall)}</b>
          )}
        </span>
      </div>
    </section>
  );
}

/** Spans of the bar, in percent, that the page can show for most cities because it saw them. */
function rememberedSpans(store: LiveStore, from: number, to: number): (readonly [left: number, right: number])[] {
  const spans: [number, number][] = [];
  for (const start of store.moments.covered(store.reporting.get(), REMEMBERED_SHARE)) {
    const left = Math.max(0, ((start - from) / (to - from)) * 100);
    const right = Math.min(100, ((start + MOMENT_MS - from) / (to - from)) * 100);
    const last = spans.at(-1);
    if (last && left - last[1] < 0.01) last[1] = right;
    else if (right > 0) spans.push([left, right]);
  }
  return spans;
}

function pastWords(source: 'memory' | 'ranking' | 'loading', cities: number): string {
  if (source === 'loading') return 'Looking…';
  if (source === 'ranking') return `The ${formatCount(cities)} hottest cities of that hour`;
  return cities === 0 ? 'Nothing is known of this hour' : `${formatCount(cities)} cities`;
}

function Hours({ from, to }: { readonly from: number; readonly to: number }) {
  const hours: number[] = [];
  for (let hour = Math.ceil(from / HOUR_MS) * HOUR_MS; hour <= to; hour += HOUR_MS) hours.push(hour);
  return (
    <div className="time-hours small quiet" aria-hidden="true">
      {hours.map((hour) => {
        const named = new Date(hour).getHours() % 6 === 0;
        const left = `${((hour - from) / (to - from)) * 100}%`;
        return (
          <span key={hour} style={{ left }} data-named={named}>
            {named && formatClock(hour)}
          </span>
        );
      })}
    </div>
  );
}
