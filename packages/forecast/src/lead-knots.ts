import { MAX_LEAD_HOURS } from './forecast-point.ts';

/** Leads in hours that are modelled and scored; those between are interpolated. Errors and weights bend little there. */
export const KNOT_LEADS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 18, 24];

/** Number of knots. */
export const KNOTS = KNOT_LEADS.length;

/** Where a lead lies between knots: value = (1 − share) · at `below` + share · at `above`. */
interface Bracket {
  readonly below: number;
  readonly above: number;
  readonly share: number;
}

const BRACKETS: readonly Bracket[] = Array.from({ length: MAX_LEAD_HOURS }, (_, i) => {
  const lead = i + 1;
  const above = KNOT_LEADS.findIndex((knot) => knot >= lead);
  const below = KNOT_LEADS[above] === lead ? above : above - 1;
  const width = KNOT_LEADS[above]! - KNOT_LEADS[below]!;
  return { below, above, share: width === 0 ? 0 : (lead - KNOT_LEADS[below]!) / width };
});

/** Value at a lead (1 to 24) of what is known at knots. */
export function atLead(lead: number, valueAtKnot: (knot: number) => number): number {
  const { below, above, share } = BRACKETS[lead - 1]!;
  return share === 0 ? valueAtKnot(below) : (1 - share) * valueAtKnot(below) + share * valueAtKnot(above);
}
