import { join } from 'node:path';
import type { CheckpointInspection } from '@isotherm/checkpoint';
import { CliError } from '../cli-error.ts';

/** Partitions read at the same time. */
const CONCURRENCY = 4;

/**
 * Looks into the checkpoints of a data directory and reads every byte of them. A platform may run meanwhile.
 *
 * @param partition the only one to look at; undefined for all
 * @throws CliError if there are none
 */
export async function inspectCheckpoints(
  dataDirectory: string,
  partition: number | undefined,
): Promise<readonly CheckpointInspection[]> {
  const { inspectDirectoryCheckpoints } = await import('@isotherm/checkpoint');
  const path = join(dataDirectory, 'checkpoints');
  const inspector = inspectDirectoryCheckpoints(path);
  const found = await inspector.partitions().catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'ENOENT' ? 'There are no checkpoints in' : `${cause.code ?? cause.message}: cannot read`;
    throw new CliError(`${reason} ${path}. Name the data directory of a platform with --data.`, { cause });
  });
  if (partition !== undefined && !found.includes(partition)) {
    throw new CliError(`There is no checkpoint of partition ${partition} in ${path}; it has ${rangesOf(found)}.`);
  }
  const wanted = partition === undefined ? [...found] : [partition];
  const inspections: CheckpointInspection[] = [];
  const queue = wanted.values();
  const worker = async () => {
    for (const next of queue) inspections.push(await inspector.inspect(next));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return inspections.sort((a, b) => a.partition - b.partition);
}

/** Numbers in order as people write them: `0–63, 70`. */
function rangesOf(numbers: readonly number[]): string {
  if (numbers.length === 0) return 'none';
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
