import { hash64 } from './hash64.ts';

/**
 * How much a shard wants a partition, 0 ≤ score < 2^53, equally distributed: highest random weight hashing (Thaler and
 * Ravishankar, 1998) with XXH64 of `shard/partition`. A shard's scores depend on no other shard, so that adding one
 * takes partitions from the others in equal parts and gives none of theirs to each other.
 */
export function rendezvousScore(shard: string, partition: number): number {
  const hash = hash64(`${shard}/${partition}`);
  return hash.high * 0x20_0000 + (hash.low >>> 11);
}

/** Index of the shard that wants the partition most. Ties go to the name that sorts first. */
export function rendezvousOwner(shards: readonly string[], partition: number): number {
  let best = -1;
  let bestScore = -1;
  shards.forEach((shard, index) => {
    const score = rendezvousScore(shard, partition);
    if (score > bestScore || (score === bestScore && shard < shards[best]!)) {
      best = index;
      bestScore = score;
    }
  });
  return best;
}
