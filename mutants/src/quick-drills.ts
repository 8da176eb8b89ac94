/** Drills of the simulation that alone notice most faults of a file: tried first, since the whole takes longer. */
const QUICK: readonly (readonly [start: string, drills: string])[] = [
  ['packages/log/', 'log'],
  ['packages/checkpoint/', 'checkpoints'],
  ['packages/domain/src/state/exception-log.ts', 'exceptions,producers'],
  ['packages/domain/src/state/session-table.ts', 'sessions,producers'],
  ['packages/domain/src/state/', 'producers'],
  ['apps/compute/src/partition/apply-loop.ts', 'apply'],
  ['apps/compute/src/partition/checkpointer.ts', 'checkpointer'],
  ['apps/compute/src/store/dead-letters.ts', 'sink'],
  ['apps/compute/src/partition/partition-runtime.ts', 'recovery'],
  ['apps/compute/src/store/record-sink.ts', 'sink'],
  ['apps/compute/src/store/row-writer.ts', 'rows,turns'],
  ['apps/compute/src/partition/open-partition', 'refusals,recovery'],
  ['apps/compute/src/reads/read-gate.ts', 'gate'],
  ['apps/compute/src/partition/offset-waiters.ts', 'waiters,gate'],
  ['apps/ingest/src/commit/', 'commit'],
  ['apps/ingest/src/seen-batches.ts', 'seen'],
  ['packages/client/src/ingest/send-window.ts', 'window,streams'],
  ['packages/client/src/ingest/', 'streams'],
];
const RUNS = '6';

/** The command that plays a file's drills, of seeds that the simulation plays too; undefined if it has none. */
export function quickCommand(file: string): readonly string[] | undefined {
  const found = QUICK.find(([start]) => file.startsWith(start));
  return found && ['simulation/src/drills/main.ts', found[1], RUNS];
}
