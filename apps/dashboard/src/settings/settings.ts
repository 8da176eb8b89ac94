import { createObservable, type Observable } from '../data/observable.ts';

/** Unit of temperatures on the page; wind follows: m/s with °C, mph with °F. */
export type TemperatureUnit = 'celsius' | 'fahrenheit';
/** What colours the map. */
export type MapMetric = 'heatIndex' | 'temperature';
/** `system` follows the operating system. */
export type ThemeChoice = 'system' | 'light' | 'dark';

/** What the reader chose. Survives a reload. */
export interface Settings {
  readonly unit: TemperatureUnit;
  readonly metric: MapMetric;
  readonly theme: ThemeChoice;
}

const STORAGE_KEY = 'isotherm.settings';
const DEFAULTS: Settings = { unit: 'celsius', metric: 'heatIndex', theme: 'system' };

function pick<T extends string>(stored: unknown, choices: readonly T[], fallback: T): T {
  return choices.find((choice) => choice === stored) ?? fallback;
}

/** Settings from stored text; what is missing or unknown takes its default. */
export function parseSettings(text: string | null): Settings {
  let stored: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) stored = { ...parsed };
  } catch {
    // Damaged settings are no reason to fail: the defaults hold.
  }
  return {
    unit: pick(stored['unit'], ['celsius', 'fahrenheit'], DEFAULTS.unit),
    metric: pick(stored['metric'], ['heatIndex', 'temperature'], DEFAULTS.metric),
    theme: pick(stored['theme'], ['system', 'light', 'dark'], DEFAULTS.theme),
  };
}

/** The settings of this browser, written back at each change. Without storage they last as long as the page. */
export function openSettings(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined): Observable<Settings> {
  const settings = createObservable(parseSettings(storage?.getItem(STORAGE_KEY) ?? null));
  settings.subscribe(() => {
    try {
      storage?.setItem(STORAGE_KEY, JSON.stringify(settings.get()));
    } catch {
      // A full or forbidden storage costs only the memory of the choice.
    }
  });
  return settings;
}
