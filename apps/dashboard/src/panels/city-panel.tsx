import { lazy, Suspense, useEffect, useMemo } from 'react';
import type { Selection } from '../app-model.ts';
import { type CityDetails, followCity } from '../data/city-details.ts';
import { MISSING } from '../data/city-table.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatCount } from '../format/numbers.ts';
import { formatClock, formatZone } from '../format/time.ts';
import { useModel } from '../model-context.ts';
import { CityNow } from './city-now.tsx';
import './city-panel.css';
import { CopyCurl } from './copy-curl.tsx';
import { RollingTable } from './rolling-table.tsx';
import { SendFirst } from './send-first.tsx';
import { useTicker } from './use-ticker.ts';

/** The chart's library is loaded with the first panel, so that the map need not wait for it. */
const DayChart = lazy(async () => ({ default: (await import('./day-chart.tsx')).DayChart }));

/** The panel of the selected city. */
export function CityPanel({ selection }: { readonly selection: Selection }) {
  const { cityId } = selection;
  const { clients, store, selection: selected } = useModel();
  const [details, closing] = useMemo(() => {
    const controller = new AbortController();
    const replaying = (): boolean => store.clock.behind !== 'no';
    return [followCity(clients, cityId, replaying, controller.signal), controller] as const;
  }, [clients, cityId, store]);
  useEffect(() => () => closing.abort(), [closing]);
  const state = useObservable(details);
  useObservable(store.placesVersion);
  useTicker(1000);

  const slot = store.table.slotOf(cityId);
  const place = slot === undefined ? undefined : store.table.place(slot);
  const timeZone = place?.timeZone ?? state.current?.city?.timeZone ?? 'UTC';
  const name = place?.name ?? state.current?.city?.name ?? cityId;
  const now = store.clock.now();

  return (
    <section className="city surface" aria-labelledby="city-name" data-city-id={cityId}>
      <header className="city-head">
        <div className="city-title">
          <h1 id="city-name">{name}</h1>
          <p className="quiet small">
            {place?.country}
            {place && place.population > 0 && <span>{formatCount(place.population)} people</span>}
            <span title={timeZone}>
              {formatClock(now, timeZone)} {formatZone(now, timeZone)}
            </span>
          </p>
        </div>
        <button type="button" className="icon-button" aria-label="Close" onClick={() => selected.set(undefined)}>
          ×
        </button>
      </header>
      <Body details={state} slot={slot} timeZone={timeZone} />
    </section>
  );
}

interface BodyProps {
  readonly details: CityDetails;
  readonly slot: number | undefined;
  readonly timeZone: string;
}

function Body({ details, slot, timeZone }: BodyProps) {
  const { store } = useModel();
  useObservable(store.valuesVersion);
  const hasLive = slot !== undefined && (store.table.columns.temperature[slot] ?? MISSING) !== MISSING;
  if (!hasLive && details.status === 'loading') return <p className="city-note quiet">Asking for its readings</p>;
  if (!hasLive && details.status === 'failed') {
    return (
      <p className="city-note">
        {details.message} <span className="quiet">This panel asks again every two seconds.</span>
      </p>
    );
  }
  if (!hasLive && details.status === 'absent') {
    return (
      <div className="city-note">
        <p>No reading of this city has arrived.</p>
        <SendFirst cityId={details.cityId} />
      </div>
    );
  }
  return (
    <>
      <CityNow slot={slot} current={details.current} />
      <Suspense fallback={<figure className="day day-waiting" />}>
        <DayChart slot={slot} history={details.history} forecast={details.forecast} timeZone={timeZone} />
      </Suspense>
      <RollingTable rolling={details.current?.rolling ?? []} />
      <footer className="city-foot small">
        {details.current?.demo && <span className="quiet">demo data</span>}
        <CopyCurl path={`/v1/current/${encodeURIComponent(details.cityId)}`} />
      </footer>
    </>
  );
}
