import { useCallback, useEffect, useRef, useState } from 'react';
import './app.css';
import { useObservable } from './data/use-observable.ts';
import { pageShortcuts } from './keyboard/page-shortcuts.ts';
import { listenForShortcuts } from './keyboard/shortcuts.ts';
import type { MapCamera } from './map/map-camera.ts';
import { MapView } from './map/map-view.tsx';
import { useModel } from './model-context.ts';
import { Attribution } from './panels/attribution.tsx';
import { CityPanel } from './panels/city-panel.tsx';
import { Dock } from './panels/dock.tsx';
import { HottestList } from './panels/hottest-list.tsx';
import { KeyList } from './panels/key-list.tsx';
import { Legend } from './panels/legend.tsx';
import { Notice } from './panels/notice.tsx';
import { SearchBox } from './panels/search-box.tsx';
import { StatsPanel } from './panels/stats-panel.tsx';
import { StatusLine } from './panels/status-line.tsx';
import { TimeBar } from './panels/time-bar.tsx';
import { useInsets } from './panels/use-insets.ts';

/** The page: a map, and what floats over it. */
export function App() {
  const model = useModel();
  const connection = useObservable(model.store.connection);
  const selection = useObservable(model.selection);
  const [map, setMap] = useState<MapCamera | undefined>(undefined);
  const onReady = useCallback((ready: MapCamera | undefined) => setMap(ready), []);
  const searchInput = useRef<HTMLInputElement>(null);
  const app = useRef<HTMLDivElement>(null);
  useInsets(app, map);

  useEffect(() => {
    const closing = new AbortController();
    listenForShortcuts(
      document,
      pageShortcuts(
        model,
        () => searchInput.current,
        () => map,
      ),
      closing.signal,
    );
    return () => closing.abort();
  }, [model, map]);

  return (
    <div ref={app} className="app" data-phase={connection.phase} data-panel={selection ? 'open' : 'closed'}>
      <MapView onReady={onReady} />
      <div className="top">
        <header className="header surface">
          <span className="wordmark">Isotherm</span>
          <SearchBox input={searchInput} />
          <button
            type="button"
            className="icon-button keys-button"
            aria-label="Keys"
            onClick={() => model.keysOpen.set(true)}
          >
            ?
          </button>
        </header>
        <StatusLine />
      </div>
      {selection && <CityPanel key={selection.cityId} selection={selection} />}
      <Dock
        parts={[
          { id: 'hottest', label: 'Hottest', content: <HottestList /> },
          { id: 'stats', label: 'Platform', content: <StatsPanel /> },
        ]}
      />
      <div className="bottom">
        <Legend />
        <TimeBar />
        <Attribution />
      </div>
      <Notice />
      <KeyList />
    </div>
  );
}
