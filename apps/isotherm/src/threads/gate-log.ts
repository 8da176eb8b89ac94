import { type Log, withAppend } from '@isotherm/log';

/** A log whose appends can be refused from outside. */
export interface GatedLog {
  readonly log: Log;
  /** Every append rejects with this error from now on; undefined lets them through again. */
  refuse(error: Error | undefined): void;
}

/** Puts a gate before the log's appends; everything else goes straight through. */
export function gateLog(log: Log): GatedLog {
  let refusal: Error | undefined;
  const gated = withAppend(log, (group) => (refusal === undefined ? log.append(group) : Promise.reject(refusal)));
  return {
    log: gated,
    refuse(error) {
      refusal = error;
    },
  };
}
