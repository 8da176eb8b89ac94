import type { PlatformStats } from '@isotherm/query';

/** Short forms of numbers: 1.2k, 3.4M. */
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Behind by more than this, compute is catching up. */
const BEHIND_SECONDS = 2;

/** The platform's state in one line, for a terminal or a log. `before` are the stats before, where there were any. */
export function liveLine(stats: PlatformStats, before?: PlatformStats): string {
  const parts = [
    `${WHOLE.format(stats.acceptedPerSecond)}/s accepted`,
    lag(stats, before),
    `${WHOLE.format(stats.cities)} cities`,
    `${COMPACT.format(stats.rowsStored)} rows written`,
    ledger(stats),
  ];
  const feed = stats.feed;
  if (feed?.replaying) {
    parts.unshift(
      `yesterday ${Math.floor(feed.shareDone * 100)} % (${new Date(feed.positionMs).toISOString().slice(5, 16).replace('T', ' ')})`,
    );
  }
  return parts.join(' · ');
}

/** How far compute is behind, and, while it catches up, how fast: log time applied a second, so that 1 × is standing still. */
function lag(stats: PlatformStats, before: PlatformStats | undefined): string {
  const { lagSeconds, atMs } = stats;
  if (lagSeconds < BEHIND_SECONDS) return `lag ${lagSeconds < 0.05 ? '0' : lagSeconds.toFixed(1)} s`;
  const text = `catching up ${lagSeconds.toFixed(1)} s behind`;
  const seconds = before === undefined ? 0 : (atMs - before.atMs) / 1000;
  if (before === undefined || seconds <= 0) return text;
  const speed = 1 + (before.lagSeconds - lagSeconds) / seconds;
  return speed > 1 ? `${text}, ${speed.toFixed(speed < 10 ? 1 : 0)} × live` : text;
}

/** acked = applied = stored, in numbers; what is under way is named. */
function ledger(stats: PlatformStats): string {
  const { observationsAcked: acked, observationsApplied: applied, observationsStored: stored } = stats;
  const settled = acked - stats.observationsDuplicate;
  const open = applied - stored;
  const under = settled > applied + stats.observationsDead ? ` · ${COMPACT.format(settled - applied)} to apply` : '';
  return `acked ${COMPACT.format(acked)} = applied ${COMPACT.format(applied)} = stored ${COMPACT.format(stored)}${open > 0 ? ` + ${COMPACT.format(open)} open` : ''}${under}`;
}
