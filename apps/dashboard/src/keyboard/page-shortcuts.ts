import type { AppModel } from '../app-model.ts';
import type { MapCamera } from '../map/map-camera.ts';
import { oppositeTheme } from '../theme/apply-theme.ts';
import type { Shortcut } from './shortcuts.ts';

/** The keys of the page. */
export function pageShortcuts(
  model: AppModel,
  searchInput: () => HTMLInputElement | null,
  map: () => MapCamera | undefined,
): readonly Shortcut[] {
  const { settings, selection, past, keysOpen } = model;
  const change = (part: Partial<ReturnType<typeof settings.get>>): void => settings.set({ ...settings.get(), ...part });
  return [
    { key: '/', run: () => searchInput()?.focus() },
    { key: 'm', run: () => change({ metric: settings.get().metric === 'heatIndex' ? 'temperature' : 'heatIndex' }) },
    { key: 'u', run: () => change({ unit: settings.get().unit === 'celsius' ? 'fahrenheit' : 'celsius' }) },
    {
      key: 't',
      run: () =>
        change({ theme: oppositeTheme(settings.get().theme, matchMedia('(prefers-color-scheme: dark)').matches) }),
    },
    { key: 'l', run: () => past.lookAt(undefined) },
    { key: '+', run: () => map()?.zoomCentre(1.6) },
    { key: '=', run: () => map()?.zoomCentre(1.6) },
    { key: '-', run: () => map()?.zoomCentre(1 / 1.6) },
    { key: '0', run: () => map()?.home(!matchMedia('(prefers-reduced-motion: reduce)').matches) },
    { key: '?', run: () => keysOpen.set(!keysOpen.get()) },
    {
      key: 'Escape',
      run: () => {
        if (keysOpen.get()) keysOpen.set(false);
        else selection.set(undefined);
      },
    },
  ];
}
