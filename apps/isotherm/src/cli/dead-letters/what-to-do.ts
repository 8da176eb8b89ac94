import type { DeadLetter } from '@isotherm/client';

/** What its owner can do about a letter, in a sentence or two. */
export function whatToDo(letter: DeadLetter): string {
  if (letter.state === 'REPLAYED') return 'Nothing: it counts.';
  if (letter.observation === undefined) {
    return 'Its record was damaged: what it said is lost. Purge it once its producer has sent the reading again.';
  }
  const latest = letter.causes.at(-1)?.reason ?? letter.reason;
  if (latest === 'LATE' && letter.attempts > 0) {
    return 'Its minute is more than 26 hours behind the newest hour of its city, so that a replay fails again. Purge it; `isotherm start --allowed-lateness` on a new data directory keeps minutes open for up to 2 hours.';
  }
  if (letter.state === 'WAITING') return `Nothing yet: the platform tries again by itself. ${remedy(latest)}`;
  return remedy(latest);
}

function remedy(reason: DeadLetter['reason']): string {
  switch (reason) {
    case 'LATE':
      return 'Replay it: it is added to its minute after all, as long as that minute is kept (up to 26 hours behind the newest hour of its city).';
    case 'TIME_IN_FUTURE':
      return 'Once its time has come, a replay counts. Check the clock of the station.';
    case 'TOO_MANY_CITIES':
      return 'Raise the limit it names, or remove cities; then replay it.';
    case 'STATE_FULL':
      return 'Remove cities of the tenant, or wait until old minutes left the ring; then replay it.';
    case 'POISON':
      return 'Replay it after the next upgrade; report it with its observation if it fails again.';
    case 'SEQUENCE_CONFLICT':
      return 'Give every batch a sequence of its own. If the reading is true, replay it: it counts beside the one that has its sequence.';
    case 'BATCH_EXPIRED':
      return 'Replay it if its batch was never acknowledged. If it was, the reading counts already: purge it.';
    case 'EMPTY':
      return 'Purge it: nothing was measured.';
    default:
      return 'A replay would break the same rule. Correct the reading at its source, send it as a new one, and purge this one.';
  }
}
