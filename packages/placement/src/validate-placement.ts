import type { Placement } from './placement.ts';

/** Most partitions a log may have. */
export const MAX_PARTITION_COUNT = 65_536;

/** What is wrong with the shape of a table, as sentences that name field, value and rule; empty if it is good. */
export function placementProblems(candidate: unknown): readonly string[] {
  if (typeof candidate !== 'object' || candidate === null) return ['placement must be an object'];
  const { epoch, partitionCount, shards, owners, ...more } = candidate as Record<string, unknown>;
  const problems = [...epochProblems(epoch), ...partitionCountProblems(partitionCount), ...shardsProblems(shards)];
  if (!Array.isArray(owners)) return [...problems, 'owners must be an array'];
  if (owners.length !== partitionCount) {
    problems.push(`owners has ${owners.length} entries, but partitionCount is ${String(partitionCount)}`);
  }
  const shardCount = Array.isArray(shards) ? shards.length : 0;
  problems.push(...indexProblems('owners', owners, shardCount));
  if (Array.isArray(more['draining'])) problems.push(...indexProblems('draining', more['draining'], shardCount));
  if (Array.isArray(more['endpoints']) && more['endpoints'].length !== shardCount) {
    problems.push(`endpoints has ${more['endpoints'].length} entries, but there are ${shardCount} shards`);
  }
  return [...problems, ...standbyProblems(more['standbys'], owners, shardCount)];
}

function indexProblems(field: string, indexes: readonly unknown[], shardCount: number): string[] {
  const bad = indexes.findIndex(
    (index) => !(Number.isInteger(index) && Number(index) >= 0 && Number(index) < shardCount),
  );
  return bad < 0 ? [] : [`${field}[${bad}] is ${String(indexes[bad])}, but must be an index into ${shardCount} shards`];
}

function standbyProblems(standbys: unknown, owners: readonly unknown[], shardCount: number): string[] {
  if (!Array.isArray(standbys)) return [];
  if (standbys.length > owners.length) {
    return [`standbys has ${standbys.length} entries, but there are ${owners.length} partitions`];
  }
  return standbys.flatMap((shards: unknown, partition) => {
    if (!Array.isArray(shards)) return [`standbys[${partition}] must be an array`];
    const problems = indexProblems(`standbys[${partition}]`, shards, shardCount);
    if (shards.includes(owners[partition])) problems.push(`standbys[${partition}] names the partition's owner`);
    return problems;
  });
}

/** Refuses a table that is not good. @throws RangeError that lists every problem. */
export function assertPlacement(candidate: unknown): asserts candidate is Placement {
  refuse(placementProblems(candidate));
}

/** Refuses what no placement can be made of. @throws RangeError that lists every problem. */
export function assertPlacementInputs(inputs: {
  readonly epoch: number;
  readonly partitionCount: number;
  readonly shards: readonly string[];
}): void {
  refuse([
    ...epochProblems(inputs.epoch),
    ...partitionCountProblems(inputs.partitionCount),
    ...shardsProblems(inputs.shards),
  ]);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new RangeError(`Placement is not valid: ${problems.join('; ')}.`);
}

function epochProblems(epoch: unknown): string[] {
  return Number.isSafeInteger(epoch) && Number(epoch) >= 1
    ? []
    : [`epoch is ${String(epoch)}, but must be a whole number from 1 on`];
}

function partitionCountProblems(count: unknown): string[] {
  return Number.isInteger(count) && Number(count) >= 1 && Number(count) <= MAX_PARTITION_COUNT
    ? []
    : [`partitionCount is ${String(count)}, but must be a whole number from 1 to ${MAX_PARTITION_COUNT}`];
}

function shardsProblems(shards: unknown): string[] {
  if (!Array.isArray(shards) || shards.length === 0) return ['shards must name at least one shard'];
  const problems: string[] = [];
  const seen = new Set<unknown>();
  shards.forEach((name, index) => {
    if (typeof name !== 'string' || name === '') problems.push(`shards[${index}] must be a name`);
    else if (seen.has(name)) problems.push(`shards[${index}] repeats '${name}'`);
    seen.add(name);
  });
  return problems;
}
