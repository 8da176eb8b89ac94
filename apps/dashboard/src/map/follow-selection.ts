import type { Selection } from '../app-model.ts';
import type { LiveStore } from '../data/live-store.ts';
import type { Observable } from '../data/observable.ts';
import type { MapCamera } from './map-camera.ts';

/** What is needed to follow the selection. */
export interface FollowSelectionOptions {
  readonly store: LiveStore;
  readonly selection: Observable<Selection | undefined>;
  readonly map: MapCamera;
  readonly animate: () => boolean;
  readonly signal: AbortSignal;
}

/** How close the map goes to a city that was searched for. */
const CITY_ZOOM = 4;

/** Brings the selected city into the open space; one whose place is not known yet, as soon as it is. */
export function followSelection({ store, selection, map, animate, signal }: FollowSelectionOptions): void {
  let pending = selection.get();
  const go = (): void => {
    const slot = pending && store.table.slotOf(pending.cityId);
    const worldX = slot === undefined ? Number.NaN : (store.table.columns.x[slot] ?? Number.NaN);
    if (!pending || slot === undefined || Number.isNaN(worldX)) return;
    const worldY = store.table.columns.y[slot] ?? 0;
    const { fly } = pending;
    pending = undefined;
    // The panel needs a frame to take its place before the open space is known.
    requestAnimationFrame(() => {
      if (fly || !map.isOpen(worldX, worldY)) map.flyTo(worldX, worldY, fly ? CITY_ZOOM : 1, animate());
    });
  };
  const select = (): void => {
    pending = selection.get();
    go();
  };
  const stops = [selection.subscribe(select), store.placesVersion.subscribe(go)];
  signal.addEventListener('abort', () => {
    for (const stop of stops) stop();
  });
}
