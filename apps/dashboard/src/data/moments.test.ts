import { describe, expect, it } from 'vitest';
import { MISSING } from './city-table.ts';
import { createMoments, MEMORY_MS, MOMENT_MS } from './moments.ts';

const START = 1_000_000 * MOMENT_MS;

function read(moments: ReturnType<typeof createMoments>, atMs: number): Int16Array {
  const target = new Int16Array(8);
  moments.readInto(target, atMs, 'temperature');
  return target;
}

describe('the memory of the map', () => {
  it('gives back what was seen at a time', () => {
    const moments = createMoments();
    moments.record(3, START + 5_000, 2150, 2200);
    moments.record(3, START + MOMENT_MS, 2300, 2400);
    expect(read(moments, START)[3]).toBe(2150);
    expect(read(moments, START + MOMENT_MS)[3]).toBe(2300);
    expect(read(moments, START)[2]).toBe(MISSING);
  });

  it('holds a value for an hour and no longer', () => {
    const moments = createMoments();
    moments.record(1, START, 1000, 1000);
    moments.record(2, START + 2 * 3_600_000, 1000, 1000);
    expect(read(moments, START + 5 * MOMENT_MS)[1]).toBe(1000);
    expect(read(moments, START + 6 * MOMENT_MS)[1]).toBe(MISSING);
  });

  it('forgets what is older than 25 hours', () => {
    const moments = createMoments();
    moments.record(1, START, 1000, 1000);
    moments.record(1, START + MEMORY_MS + MOMENT_MS, 1500, 1500);
    expect(read(moments, START)[1]).toBe(MISSING);
    moments.record(1, START, 1000, 1000);
    expect(read(moments, START)[1]).toBe(MISSING);
  });

  it('tells which times it knows well', () => {
    const moments = createMoments();
    for (let slot = 0; slot < 8; slot++) moments.record(slot, START, 1000, 1000);
    moments.record(0, START + MOMENT_MS, 1000, 1000);
    expect(moments.covered(8, 0.5)).toEqual([START]);
  });

  it('grows with the cities', () => {
    const moments = createMoments();
    moments.record(0, START, 1, 1);
    moments.record(5000, START, 2, 2);
    const target = new Int16Array(6000);
    expect(moments.readInto(target, START, 'heatIndex')).toBe(2);
    expect(target[5000]).toBe(2);
  });
});
