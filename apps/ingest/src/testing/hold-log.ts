import { type Log, type RecordOutcome, withAppend } from '@isotherm/log';

/** A log whose appends wait until they are let go, or fail. */
export function holdLog(inner: Log) {
  const held: { release: () => void; fail: (error: unknown) => void }[] = [];
  const state = { holding: false };
  const log = withAppend(inner, (group) => {
    if (!state.holding) return inner.append(group);
    const copies = group.map((record) => ({ ...record, bytes: new Uint8Array(record.bytes) }));
    return new Promise<readonly RecordOutcome[]>((resolve, reject) => {
      held.push({ release: () => void inner.append(copies).then(resolve, reject), fail: reject });
    });
  });
  return { log, held, state };
}
