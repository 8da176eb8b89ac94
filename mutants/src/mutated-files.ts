import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The tree. */
export const ROOT = join(import.meta.dirname, '../..');

/**
 * Adapters to LMDB, files and the operating system. The simulation puts a fake of its own in their place, so that it
 * cannot notice what is wrong with them; their own tests can, on the real parts.
 */
const ADAPTERS: readonly string[] = names(
  'packages/log/src/lmdb',
  'commit-store flush-state open-lmdb-log write-together writer-claim log-facts',
);

/** Where promises are kept: log, checkpoints, sinks, sequences, claims. Folders stand for all files in them. */
const PLACES: readonly string[] = [
  'packages/log/src/lmdb/',
  'packages/log/src/check-group.ts',
  ...names('packages/checkpoint/src', 'blob-checkpoints load-newest read-segment prune-folder manifest object-names'),
  ...names(
    'apps/compute/src/partition',
    'apply-loop checkpointer open-partition open-partitions partition-runtime offset-waiters',
  ),
  ...names('apps/compute/src/store', 'row-writer record-sink dead-letters'),
  'apps/compute/src/reads/read-gate.ts',
  ...names('packages/domain/src/state', 'judge-slices session-table exception-log'),
  'apps/ingest/src/commit/group-committer.ts',
  'apps/ingest/src/seen-batches.ts',
  ...names('packages/client/src/ingest', 'send-window observation-stream stream-connection'),
];

/** Paths of the files that mutants are made of, from the tree's root: code that the simulation runs. */
export function mutatedFiles(): string[] {
  return PLACES.flatMap((place) =>
    place.endsWith('/')
      ? readdirSync(join(ROOT, place))
          .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
          .map((name) => place + name)
      : [place],
  ).filter((path) => !ADAPTERS.includes(path));
}

/** Paths of the adapters that the simulation replaces. */
export function adapterFiles(): readonly string[] {
  return ADAPTERS;
}

function names(folder: string, files: string): string[] {
  return files.split(' ').map((name) => `${folder}/${name}.ts`);
}
