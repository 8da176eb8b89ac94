import { Code, ConnectError } from '@connectrpc/connect';
import { type HistoryPoint, Resolution } from '@isotherm/contracts/analytics/v1/analytics_service';
import type { CurrentConditions, ForecastPoint } from '@isotherm/contracts/forecast/v1/forecast_service';
import { describeFailure } from './describe-failure.ts';
import { createObservable, type Observable } from './observable.ts';
import type { PlatformClients } from './platform-clients.ts';

/** What the panel of a city shows beyond the live values. */
export interface CityDetails {
  readonly cityId: string;
  /** `absent`: the platform has no reading of it. */
  readonly status: 'loading' | 'ready' | 'absent' | 'failed';
  /** What to know about a failure. */
  readonly message: string;
  readonly current: CurrentConditions | undefined;
  /** Oldest first. */
  readonly history: readonly HistoryPoint[];
  readonly forecast: readonly ForecastPoint[];
}

/** How often each part is asked for again, in milliseconds; history and forecast more often while the feed plays the past. */
const REFRESH_MS = { current: 2_000, history: 60_000, forecast: 300_000, replaying: 4_000 } as const;

/** Keeps the details of one city fresh until `signal` aborts. A part that cannot be had leaves the others alone. */
export function followCity(
  clients: PlatformClients,
  cityId: string,
  isReplaying: () => boolean,
  signal: AbortSignal,
): Observable<CityDetails> {
  const details = createObservable<CityDetails>({
    cityId,
    status: 'loading',
    message: '',
    current: undefined,
    history: [],
    forecast: [],
  });
  const update = (change: Partial<CityDetails>): void => {
    if (!signal.aborted) details.set({ ...details.get(), ...change });
  };

  const loadCurrent = async (): Promise<void> => {
    try {
      const answer = await clients.forecast.getCurrent({ cities: [cityId] }, { signal, timeoutMs: 10_000 });
      const current = answer.conditions[0];
      update(current?.observeTime ? { status: 'ready', message: '', current } : { status: 'absent', current });
    } catch (error) {
      if (signal.aborted) return;
      const { code } = ConnectError.from(error);
      // Values that were shown stay: the connection's state says that they are old.
      if (code === Code.NotFound) update({ status: 'absent' });
      else if (details.get().current === undefined) update({ status: 'failed', message: describeFailure(error) });
    }
  };
  const loadHistory = async (): Promise<void> => {
    const answer = await clients.analytics.queryHistory(
      { city: cityId, resolution: Resolution.QUARTER_HOUR },
      { signal, timeoutMs: 10_000 },
    );
    update({ history: answer.points });
  };
  const loadForecast = async (): Promise<void> => {
    const answer = await clients.forecast.getForecast({ city: cityId, hours: 24 }, { signal, timeoutMs: 10_000 });
    update({ forecast: answer.points });
  };

  const pace = (normalMs: number) => () => (isReplaying() ? Math.min(normalMs, REFRESH_MS.replaying) : normalMs);
  repeat(loadCurrent, () => REFRESH_MS.current, signal);
  repeat(loadHistory, pace(REFRESH_MS.history), signal);
  repeat(loadForecast, pace(REFRESH_MS.forecast), signal);
  return details;
}

/** Runs `task` now and `interval()` ms after each end; a failure is tried again after 5 s at the latest. */
function repeat(task: () => Promise<void>, interval: () => number, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async (): Promise<void> => {
    let pauseMs = interval();
    // A page in the background asks for nothing.
    if (!document.hidden) await task().catch(() => (pauseMs = Math.min(pauseMs, 5_000)));
    if (!signal.aborted) timer = setTimeout(() => void run(), pauseMs);
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  void run();
}
