import { describe, expect, it } from 'vitest';
import { createQuarterMarks } from './quarter-marks.ts';

describe('quarter marks', () => {
  it('ask for a mark to be stored until it is', () => {
    const marks = createQuarterMarks();
    expect(marks.begin([900, 1_800], 0)).toEqual([900, 1_800]);
    expect(marks.begin([1_800], 0)).toEqual([1_800]);
    marks.stored([900, 1_800]);
    expect(marks.begin([900, 1_800, 2_700], 0)).toEqual([2_700]);
  });

  it('leave a quarter alone while it is written to and for a quiet time after', () => {
    const marks = createQuarterMarks();
    marks.begin([900], 0);
    expect(marks.takeSpan(1_000_000, 100, 10)).toBeUndefined();
    marks.end([900], 1_000_000);
    expect(marks.takeSpan(1_000_099, 100, 10)).toBeUndefined();
    expect(marks.takeSpan(1_000_100, 100, 10)).toMatchObject({ from: 900, to: 1_800 });
  });

  it('roll up adjoining quarters together, at most as many as asked for', () => {
    const marks = createQuarterMarks();
    marks.restore([4_500, 900, 1_800, 2_700]);
    expect(marks.takeSpan(0, 0, 2)).toMatchObject({ from: 900, to: 2_700 });
    expect(marks.takeSpan(0, 0, 9)).toMatchObject({ from: 900, to: 3_600 });
  });

  it('keep a quarter that was written to during its roll-up', () => {
    const marks = createQuarterMarks();
    marks.restore([900, 1_800]);
    const span = marks.takeSpan(0, 0, 10);
    if (span === undefined) throw new Error('nothing to roll up');
    marks.begin([1_800], 5);
    marks.end([1_800], 6);
    expect(marks.clear(span)).toEqual([900]);
    expect(marks.within(0, 10_000)).toEqual([1_800]);
  });

  it('keep what they know when restored late', () => {
    const marks = createQuarterMarks();
    marks.begin([900], 0);
    marks.restore([900, 1_800]);
    expect(marks.takeSpan(10_000, 0, 10)).toMatchObject({ from: 1_800 });
    expect(marks.size).toBe(2);
  });
});
