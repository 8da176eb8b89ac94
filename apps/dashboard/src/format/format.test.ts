import { describe, expect, it } from 'vitest';
import { formatCompact, formatCount, formatSpan } from './numbers.ts';
import { formatTemperature } from './temperature.ts';
import { formatAge, formatClock, formatZone } from './time.ts';
import { formatWind } from './wind.ts';

describe('numbers on the page', () => {
  it('round to what the sensor knows, with a real minus and never minus zero', () => {
    expect(formatTemperature(21.449, 'celsius')).toBe('21.4');
    expect(formatTemperature(-12.34, 'celsius')).toBe('−12.3');
    expect(formatTemperature(-0.04, 'celsius')).toBe('0.0');
    expect(formatTemperature(-40, 'fahrenheit', 0)).toBe('−40');
    expect(formatTemperature(37, 'fahrenheit')).toBe('98.6');
  });

  it('show counts in full or in short', () => {
    expect(formatCount(12_345_678)).toBe('12,345,678');
    expect(formatCompact(999)).toBe('999');
    expect(formatCompact(12_345)).toBe('12.3K');
    expect(formatCompact(4_000_000)).toBe('4.0M');
  });

  it('say a span in its largest fitting unit', () => {
    expect([0, 0.0004, 0.042, 1.44, 42, 240, 9_000].map(formatSpan)).toEqual([
      '0 s',
      '1 ms',
      '42 ms',
      '1.4 s',
      '42 s',
      '4 min',
      '2.5 h',
    ]);
  });

  it('say an age in words', () => {
    const day = 86_400_000;
    expect([-50, 400, 3_200, 240_000, 7_300_000, 5 * day].map(formatAge)).toEqual([
      'now',
      'now',
      '3 s ago',
      '4 min ago',
      '2 h ago',
      '5 days ago',
    ]);
  });

  it('show the time of a place with its offset, daylight saving included', () => {
    const july = Date.UTC(2026, 6, 1, 12);
    expect(formatClock(july, 'America/New_York')).toBe('08:00');
    expect(formatZone(july, 'America/New_York')).toBe('UTC-4');
    expect(formatZone(Date.UTC(2026, 0, 1), 'Asia/Kathmandu')).toBe('UTC+5:45');
    expect(formatClock(july, 'Nowhere/Unknown')).toBe('12:00');
  });

  it('give wind the unit that goes with the temperature', () => {
    expect(formatWind(10, 'celsius')).toBe('10.0 m/s');
    expect(formatWind(10, 'fahrenheit')).toBe('22 mph');
  });
});
