import type { AppModel } from '../app-model.ts';
import { MISSING } from '../data/city-table.ts';
import { formatTemperature } from '../format/temperature.ts';
import { cityOnScreen, createCityPicker } from './city-picker.ts';
import { followSelection } from './follow-selection.ts';
import { attachGestures } from './gestures.ts';
import { MapCamera } from './map-camera.ts';
import { mapKeyAction } from './map-keys.ts';
import { type MapElements, MapPainter } from './map-painter.ts';
import { createMapScene } from './map-scene.ts';
import { placeMarker } from './marker.ts';

/** The elements of the map. */
export interface MapSessionElements extends MapElements {
  /** Follows the selected city. */
  readonly selected: HTMLElement;
  /** Follows the city under the pointer, or the one that Enter would open. */
  readonly hovered: HTMLElement;
}

/** Opacity of cities without a value while none has one: the world, waiting. */
const WAITING_OPACITY = 0.55;
/** CSS pixels beyond a disc at which a mouse or a finger still reaches it. */
const MOUSE_REACH = 4;
const TOUCH_REACH = 14;
/** Minutes that the sun takes for a degree of longitude. */
const MINUTES_PER_DEGREE = 4;

/** Connects the map with the model until `signal` aborts. */
export function startMapSession(model: AppModel, elements: MapSessionElements, signal: AbortSignal): MapCamera {
  const { store, settings, past, selection } = model;
  const { root } = elements;
  let hoveredSlot: number | undefined;
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  const selectedSlot = (): number | undefined => {
    const selected = selection.get();
    return selected && store.table.slotOf(selected.cityId);
  };
  const scene = createMapScene({
    table: store.table,
    metric: () => settings.get().metric,
    timeMs: () => past.moment.get()?.atMs ?? store.clock.now(),
    past: () => past.moment.get(),
    selectedSlot,
    absentOpacity: () => (store.reporting.get() === 0 ? WAITING_OPACITY : 0),
  });
  const map = new MapCamera(
    { width: root.clientWidth, height: root.clientHeight },
    -new Date().getTimezoneOffset() / MINUTES_PER_DEGREE,
  );
  const painter = new MapPainter({
    elements,
    scene,
    camera: map,
    withoutWebgl: new URLSearchParams(location.search).has('canvas'),
    signal,
  });
  const values = (): Int16Array => past.moment.get()?.values ?? store.table.columns[settings.get().metric];
  const picker = createCityPicker(store.table, values);

  const placeMarkers = (): void => {
    const view = map.view.get();
    const size = map.size.get();
    for (const [element, slot] of [
      [elements.selected, selectedSlot()],
      [elements.hovered, hoveredSlot],
    ] as const) {
      const at = slot === undefined ? undefined : cityOnScreen(store.table, slot, view, size);
      const value = slot === undefined ? MISSING : (values()[slot] ?? MISSING);
      const text = value === MISSING ? '' : `${formatTemperature(value / 100, settings.get().unit)}°`;
      placeMarker(element, at, slot === undefined ? undefined : store.table.place(slot), text);
    }
  };
  const hover = (slot: number | undefined): void => {
    hoveredSlot = slot === selectedSlot() ? undefined : slot;
    root.dataset['pointing'] = slot === undefined ? '' : 'city';
    placeMarkers();
  };
  const reticle = (): void => {
    if (document.activeElement !== root || !root.matches(':focus-visible')) return;
    const [x, y] = map.openCentre();
    hover(picker.prominent(map.view.get(), map.size.get(), x, y, 60));
  };
  const open = (slot: number | undefined, fly: boolean): void => {
    const place = slot === undefined ? undefined : store.table.place(slot);
    selection.set(place && { cityId: place.cityId, fly });
    hover(undefined);
  };

  attachGestures(
    root,
    map,
    {
      onHover: (x, y) => hover(picker.pick(map.view.get(), map.size.get(), x, y, MOUSE_REACH)),
      onLeave: () => hover(undefined),
      onClick: (x, y, touch) =>
        open(picker.pick(map.view.get(), map.size.get(), x, y, touch ? TOUCH_REACH : MOUSE_REACH), false),
    },
    signal,
  );
  root.addEventListener('focus', reticle, { signal });
  root.addEventListener('blur', () => hover(undefined), { signal });
  root.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const action = mapKeyAction(
        event.key,
        map,
        () => open(hoveredSlot ?? selectedSlot(), false),
        !reducedMotion.matches,
      );
      if (!action) return;
      event.preventDefault();
      action();
      reticle();
    },
    { signal },
  );

  const follow = (subscribe: (listener: () => void) => () => void, listener: () => void): void => {
    signal.addEventListener('abort', subscribe(listener));
  };
  const redraw = (): void => {
    painter.invalidate();
    placeMarkers();
  };
  follow(map.view.subscribe, () => {
    placeMarkers();
  });
  follow(store.valuesVersion.subscribe, () => {
    root.dataset['cityCount'] = String(store.reporting.get());
    redraw();
    // While yesterday plays, night moves with every message.
    if (store.clock.behind !== 'no') painter.invalidateBase();
  });
  follow(store.placesVersion.subscribe, redraw);
  follow(past.moment.subscribe, () => {
    painter.invalidateBase();
    placeMarkers();
  });
  follow(settings.subscribe, () => {
    painter.refreshColors();
    placeMarkers();
  });
  follow(selection.subscribe, redraw);
  followSelection({ store, selection, map, animate: () => !reducedMotion.matches, signal });
  const systemTheme = matchMedia('(prefers-color-scheme: dark)');
  systemTheme.addEventListener('change', () => painter.refreshColors(), { signal });
  // Ages and the shade of night move without any message.
  const minute = setInterval(() => painter.invalidateBase(), 30_000);
  signal.addEventListener('abort', () => clearInterval(minute));
  return map;
}
