import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type AccessFlags, accessOf, addAccessOptions, targetOption } from '../connection.ts';
import { utc, whole } from '../format/values.ts';
import { option } from '../option.ts';
import { requireListener } from '../require-listener.ts';
import { integer, jsonOption } from '../shared-options.ts';
import { toJson } from '../terminal/json.ts';
import { createProgress } from '../terminal/progress.ts';

interface FeedFlags extends AccessFlags {
  readonly target: string;
  readonly json?: boolean;
  readonly cities: number;
  readonly rate?: number;
  readonly seed: number;
  readonly history: number;
}

/** Adds `isotherm feed`. */
export function addFeedCommand(program: Command, { terminal, ...context }: CliContext): void {
  const command = program
    .command('feed')
    .description('send demo weather, made of real series, as an ordinary producer')
    .addOption(targetOption());
  addAccessOptions(command)
    .addOption(
      option('--cities <n>', 'cities, the largest first', {
        env: 'ISOTHERM_FEED_CITIES',
        fallback: 15_000,
        parse: integer(1, 34_006),
      }),
    )
    .addOption(
      option('--rate <n>', 'readings a second over all cities (default: one a second from each)', {
        env: 'ISOTHERM_FEED_RATE',
        parse: integer(1, 10_000_000),
      }),
    )
    .addOption(
      option('--seed <n>', 'the same seed gives the same weather', {
        env: 'ISOTHERM_FEED_SEED',
        fallback: 1,
        parse: integer(0, 2 ** 31 - 1),
      }),
    )
    .addOption(
      option('--history <hours>', 'how much of the past to send first, one reading a minute', {
        env: 'ISOTHERM_FEED_HISTORY',
        fallback: 0,
        parse: integer(0, 24 * 366),
      }),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ isotherm feed --cities 1000 --rate 5000\n  $ isotherm feed --target weather.internal:50051 --history 25 --seed 7',
    )
    .action(async (flags: FeedFlags) => {
      await requireListener(flags.target, '--target', accessOf(flags).tls);
      const [{ loadFeedData }, { startFeed }] = await Promise.all([
        import('../../feed/load-feed-data.ts'),
        import('../../feed/start-feed.ts'),
      ]);
      const progress = createProgress(terminal);
      const feed = startFeed({
        target: flags.target,
        ...(await loadFeedData(flags.cities)),
        seed: flags.seed,
        historyHours: flags.history,
        ...(flags.rate !== undefined && { ratePerSecond: flags.rate }),
        ...accessOf(flags),
      });
      let over = false;
      feed.ended
        .catch(() => {})
        .finally(() => {
          over = true;
        });
      while (!over && !context.interrupted.aborted) {
        const now = feed.progress();
        const counts = `${whole(now.acked)} acked${now.rejected > 0 ? `, ${whole(now.rejected)} rejected` : ''}`;
        if (now.replaying) progress.update(now.shareDone, `past ${utc(new Date(now.positionMs))} · ${counts}`);
        else progress.update(undefined, `live ${utc(new Date(now.positionMs), 'second')} UTC · ${counts}`);
        await sleep(100);
      }
      await feed.stop();
      progress.clear();
      await feed.ended;
      const { sent, acked, rejected } = feed.progress();
      terminal.out(
        flags.json
          ? `${toJson({ sent, acked, rejected })}\n`
          : `Sent ${whole(sent)} observations: ${whole(acked)} accepted, ${whole(rejected)} rejected.\n`,
      );
    });
}
