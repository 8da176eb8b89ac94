import { describe, expect, it } from 'vitest';
import { atLead, KNOT_LEADS } from './lead-knots.ts';

describe('values at leads', () => {
  it('are those of the knots at knots, and between them on a straight line', () => {
    const value = (knot: number) => KNOT_LEADS[knot]! * 10;
    for (let lead = 1; lead <= 24; lead++) expect(atLead(lead, value)).toBeCloseTo(lead * 10, 9);
  });

  it('are unknown where a knot is, but not next to one that is not needed', () => {
    expect(atLead(5, (knot) => (KNOT_LEADS[knot] === 6 ? Number.NaN : 1))).toBeNaN();
    expect(atLead(4, (knot) => (KNOT_LEADS[knot] === 6 ? Number.NaN : 1))).toBe(1);
  });
});
