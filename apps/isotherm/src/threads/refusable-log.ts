import { type Log, withAppend } from '@isotherm/log';

/** A log whose appends can be refused from outside. */
export interface RefusableLog {
  readonly log: Log;
  /** Every append rejects with this error from now on; undefined lets them through again. */
  refuse(error: Error | undefined): void;
}

/** Wraps a log so that its appends can be refused; everything else goes straight through. */
export function refusableLog(log: Log): RefusableLog {
  let refusal: Error | undefined;
  const guarded = withAppend(log, (group) => (refusal === undefined ? log.append(group) : Promise.reject(refusal)));
  return {
    log: guarded,
    refuse(error) {
      refusal = error;
    },
  };
}
