import type { Pulse } from '@isotherm/query';

/** Short forms of numbers: 1.2k, 3.4M. */
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** The platform's state in one line, for a terminal or a log. */
export function liveLine(pulse: Pulse): string {
  const parts = [
    `${WHOLE.format(pulse.acceptedPerSecond)}/s accepted`,
    `lag ${pulse.lagSeconds < 0.05 ? '0' : pulse.lagSeconds.toFixed(1)} s`,
    `${WHOLE.format(pulse.cities)} cities`,
    `${COMPACT.format(pulse.rowsStored)} rows written`,
    ledger(pulse),
  ];
  const feed = pulse.feed;
  if (feed?.replaying) {
    parts.unshift(
      `yesterday ${Math.floor(feed.shareDone * 100)} % (${new Date(feed.positionMs).toISOString().slice(5, 16).replace('T', ' ')})`,
    );
  }
  return parts.join(' · ');
}

/** acked = applied = stored, in numbers; what is under way is named. */
function ledger(pulse: Pulse): string {
  const { observationsAcked: acked, observationsApplied: applied, observationsStored: stored } = pulse;
  const settled = acked - pulse.observationsDuplicate;
  const open = applied - stored;
  const under = settled > applied + pulse.observationsDead ? ` · ${COMPACT.format(settled - applied)} to apply` : '';
  return `acked ${COMPACT.format(acked)} = applied ${COMPACT.format(applied)} = stored ${COMPACT.format(stored)}${open > 0 ? ` + ${COMPACT.format(open)} open` : ''}${under}`;
}
