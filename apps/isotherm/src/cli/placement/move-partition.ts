import { setTimeout as sleep } from 'node:timers/promises';
import type { CoordinatorClient } from '@isotherm/coordination';
import { CliError } from '../cli-error.ts';
import { type MoveView, type PartitionView, type PlacementView, placementView } from './placement-view.ts';

const LOOK_EVERY_MS = 100;

/** What a move waits for and what it came to. */
export interface MoveOutcome {
  readonly partition: number;
  readonly from: string;
  readonly to: string;
  /** Undefined where it was there already, or nobody waited. */
  readonly pauseMs: number | undefined;
}

/** Moves a partition and waits until its new owner has it. @throws CliError when it is not over in time, with what it waits for */
export async function movePartition(
  client: CoordinatorClient,
  move: { readonly partition: number; readonly shard: string },
  options: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<MoveOutcome> {
  const { partition, shard } = move;
  const before = await look(client);
  const from = before.partitions[partition]?.owner ?? '';
  await client.movePartition({ partition, shard });
  if (from === shard) return { partition, from, to: shard, pauseMs: undefined };
  const limitMs = Date.now() + options.limitMs;
  let now: PartitionView | undefined;
  while (Date.now() < limitMs) {
    const view = await look(client);
    now = view.partitions[partition];
    if (now?.owner === shard) return { partition, from, to: shard, pauseMs: newest(view, move)?.pauseMs };
    await sleep(LOOK_EVERY_MS, undefined, { signal: options.signal });
  }
  const reason = now?.waitsFor === '' || now === undefined ? 'its shards did not say why' : now.waitsFor;
  throw new CliError(
    `Partition ${partition} is still on its way to ${shard}: ${reason}. It goes on; \`isotherm placement show\` shows it.`,
  );
}

async function look(client: CoordinatorClient): Promise<PlacementView> {
  return placementView(await client.getPlacement());
}

function newest(
  { moves }: PlacementView,
  move: { readonly partition: number; readonly shard: string },
): MoveView | undefined {
  return moves.find(({ partition, to }) => partition === move.partition && to === move.shard);
}
