import type { CoordinatorClient } from '@isotherm/coordination';
import { type Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { integer, jsonOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';

interface Flags {
  readonly coordinator: string;
  readonly json?: boolean;
}

const MAX_PARTITION = 65_535;

/** Adds `isotherm placement show|move|drain|rebalance`. What talks to a coordinator is loaded when one is asked. */
export function addPlacementCommand(program: Command, context: CliContext): void {
  const { terminal } = context;
  const placement = program.command('placement').description('which compute shard owns which partition');
  const add = (name: string, description: string) =>
    placement
      .command(name)
      .description(description)
      .addOption(
        new Option('--coordinator <address>', 'the coordinator').default('127.0.0.1:50053').env('ISOTHERM_COORDINATOR'),
      )
      .addOption(jsonOption());

  add('show', 'shards, partitions on their way and the last moves')
    .option('--all', 'every partition')
    .action(async (flags: Flags & { readonly all?: boolean }) => {
      const { placementView } = await import('../placement/placement-view.ts');
      const { placementText } = await import('../placement/show-placement.ts');
      const view = await withCoordinator(flags, async (client) => placementView(await client.getPlacement()));
      const text = () => placementText(view, terminal.style, { all: flags.all === true });
      terminal.out(flags.json ? `${toJson(view)}\n` : text());
    });

  add('move', 'give a partition to a shard, and wait until it has it')
    .argument('<partition>', 'number of the partition', integer(0, MAX_PARTITION))
    .argument('<shard>', 'name of the shard')
    .option('--timeout <seconds>', 'longest time to wait', integer(1, 3600), 60)
    .action(async (partition: number, shard: string, flags: Flags & { readonly timeout: number }) => {
      const { movePartition } = await import('../placement/move-partition.ts');
      const options = { limitMs: flags.timeout * 1000, signal: context.interrupted };
      const moved = await withCoordinator(flags, (client) => movePartition(client, { partition, shard }, options));
      const { from, to, pauseMs } = moved;
      const paused = pauseMs === undefined ? '' : `, paused ${Math.round(pauseMs)} ms`;
      const text =
        from === to
          ? `Partition ${partition} is at ${to} already`
          : `Partition ${partition} moved from ${from} to ${to}${paused}`;
      terminal.out(flags.json ? `${toJson(moved)}\n` : `${text}.\n`);
    });

  add('drain', 'have a shard give all its partitions away, or take part again')
    .argument('<shard>', 'name of the shard')
    .option('--undo', 'it takes part again')
    .action(async (shard: string, flags: Flags & { readonly undo?: boolean }) => {
      const draining = flags.undo !== true;
      const { moves } = await withCoordinator(flags, (client) => client.setDraining({ shard, draining }));
      const what = draining ? `${shard} drains` : `${shard} takes part again`;
      terminal.out(
        flags.json ? `${toJson({ shard, draining, moves })}\n` : `${what}: ${partitions(moves)} will move.\n`,
      );
    });

  add('rebalance', "level the shards' loads by the rates measured now").action(async (flags: Flags) => {
    const { moves } = await withCoordinator(flags, (client) => client.rebalance());
    const text = moves === 0 ? 'The loads are level: nothing moves.' : `${partitions(moves)} will move.`;
    terminal.out(flags.json ? `${toJson({ moves })}\n` : `${text}\n`);
  });
}

function partitions(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`;
}

async function withCoordinator<T>({ coordinator }: Flags, use: (client: CoordinatorClient) => Promise<T>): Promise<T> {
  const { createCoordinatorClient } = await import('@isotherm/coordination');
  const client = createCoordinatorClient(coordinator);
  try {
    return await use(client);
  } catch (error) {
    throw explained(error, coordinator);
  } finally {
    client.close();
  }
}

/** What the coordinator refused in its own words, and one that is not there as a sentence. */
function explained(error: unknown, coordinator: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || !(error.cause instanceof Error)) return error;
  if (error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED') {
    const message = `No coordinator answers at ${coordinator}. Name another one with --coordinator; \`isotherm coordinator\` runs one.`;
    return new CliError(message, { cause: error });
  }
  const said = 'details' in error.cause ? String(error.cause.details) : error.message;
  return new CliError(said, { cause: error });
}
