import { describe, expect, it } from 'vitest';
import { openSettings, parseSettings } from './settings.ts';

const defaults = { unit: 'celsius', metric: 'heatIndex', theme: 'system' };

describe('what the reader chose', () => {
  it('takes defaults for what is missing, damaged or unknown', () => {
    expect(parseSettings(null)).toEqual(defaults);
    expect(parseSettings('{not json')).toEqual(defaults);
    expect(parseSettings('null')).toEqual(defaults);
    expect(parseSettings('{"unit":"kelvin","theme":"dark"}')).toEqual({ ...defaults, theme: 'dark' });
  });

  it('survives a reload', () => {
    const stored = new Map<string, string>();
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    };
    const settings = openSettings(storage);
    settings.set({ ...settings.get(), unit: 'fahrenheit' });
    expect(openSettings(storage).get().unit).toBe('fahrenheit');
  });

  it('does without storage, and with one that is full', () => {
    expect(openSettings(undefined).get()).toEqual(defaults);
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new Error('quota');
      },
    };
    const settings = openSettings(full);
    settings.set({ ...settings.get(), theme: 'light' });
    expect(settings.get().theme).toBe('light');
  });
});
