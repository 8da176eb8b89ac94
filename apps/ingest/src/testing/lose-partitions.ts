import { type Log, type RecordOutcome, withAppend } from '@isotherm/log';
import { IsothermError } from '@isotherm/service-kit';

/** What becomes of records of a partition that is lost: they are appended although nobody is told, or are not. */
export type LossKind = 'unknown' | 'notKept';

/** A log that says of records of some partitions, as long as they are in `lost`, that they are not kept, or that it does not know. */
export function losePartitions(inner: Log) {
  const lost = new Map<number, LossKind>();
  /** Groups that were kept in part so far. */
  const groups = { lost: 0 };
  const error = new IsothermError({
    code: 'UNAVAILABLE',
    id: 'LOG_LEADER_AWAY',
    message: 'The leader of the partition did not answer.',
    retryAfterMs: 700,
  });
  const log = withAppend(inner, async (group) => {
    const taken = group.filter(({ partition }) => lost.get(partition) !== 'notKept');
    if (group.some(({ partition }) => lost.has(partition))) groups.lost += 1;
    const outcomes = (await inner.append(taken)).values();
    return group.map(({ partition }): RecordOutcome => {
      const kind = lost.get(partition);
      const outcome = kind === 'notKept' ? undefined : outcomes.next().value;
      return kind === undefined ? outcome! : { kind, error };
    });
  });
  return { log, lost, groups };
}
