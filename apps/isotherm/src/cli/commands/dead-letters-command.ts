import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionFlags, withClient } from '../connection.ts';
import { countLetters } from '../dead-letters/count-letters.ts';
import { addLetterOptions, type LetterFlags } from '../dead-letters/letter-flags.ts';
import { listLetters } from '../dead-letters/list-letters.ts';
import { type PurgeFlags, purgeLetters } from '../dead-letters/purge-letters.ts';
import { type ReplayFlags, replayLetters } from '../dead-letters/replay-letters.ts';
import { showLetter } from '../dead-letters/show-letter.ts';
import { addReadOptions } from '../shared-options.ts';

type Flags<Of> = ConnectionFlags & Of & { readonly json?: boolean };

const IDS = 'letters as partition/offset/row, as in 12/3408/7';

/** Adds `isotherm dead-letters …`. */
export function addDeadLettersCommand(program: Command, context: CliContext): void {
  const group = program
    .command('dead-letters')
    .description('readings that were rejected, late or in conflict: see why, replay them, throw them away');
  addList(group, context);
  addCount(group, context);
  addShow(group, context);
  addReplay(group, context);
  addPurge(group, context);
}

function addList(group: Command, context: CliContext): void {
  const command = group.command('list').description('letters in the order in which they came');
  addLetterOptions(addReadOptions(command), { nowMs: context.nowMs, state: 'open', limit: 100 })
    .addHelpText(
      'after',
      '\nExamples:\n  $ isotherm dead-letters list\n  $ isotherm dead-letters list --reason LATE --city berlin --since 6h --json | jq -r .[].id',
    )
    .action((flags: Flags<LetterFlags & { readonly limit: number }>) =>
      withClient(flags, (client) => listLetters(client, flags, context)),
    );
}

function addCount(group: Command, context: CliContext): void {
  const command = group.command('count').description('how many there are, by reason and state');
  addLetterOptions(addReadOptions(command), { nowMs: context.nowMs, state: 'all', counts: true })
    .addHelpText('after', '\nExamples:\n  $ isotherm dead-letters count\n  $ isotherm dead-letters count --since 24h')
    .action((flags: Flags<LetterFlags>) => withClient(flags, (client) => countLetters(client, flags, context)));
}

function addShow(group: Command, context: CliContext): void {
  addReadOptions(group.command('show').description('one letter: what it says, what was wrong each time, what to do'))
    .argument('<id>', 'partition/offset/row, as in 12/3408/7')
    .addHelpText('after', '\nExample:\n  $ isotherm dead-letters show 12/3408/7')
    .action((id: string, flags: Flags<object>) =>
      withClient(flags, (client) => showLetter(client, { id, json: flags.json }, context)),
    );
}

function addReplay(group: Command, context: CliContext): void {
  const command = group
    .command('replay')
    .description('send letters again and see which count now')
    .argument('[id...]', IDS);
  addLetterOptions(addReadOptions(command), { nowMs: context.nowMs, state: 'open' })
    .option('--all', 'every one that is open')
    .option('--dry-run', 'say what would happen, do nothing')
    .addHelpText(
      'after',
      [
        '',
        'A replay keeps the order of each city. A letter counts once, however often it is replayed.',
        '',
        'Examples:',
        '  $ isotherm dead-letters replay 12/3408/7',
        '  $ isotherm dead-letters replay --reason LATE --city berlin --dry-run',
      ].join('\n'),
    )
    .action((ids: string[], flags: Flags<ReplayFlags>) =>
      withClient(flags, (client) => replayLetters(client, { ids, flags }, context)),
    );
}

function addPurge(group: Command, context: CliContext): void {
  const command = group.command('purge').description('throw letters away for good').argument('[id...]', IDS);
  addLetterOptions(addReadOptions(command), { nowMs: context.nowMs, state: 'open', counts: true })
    .option('--all', 'every one in the state given')
    .option('--dry-run', 'say how many it would be, do nothing')
    .option('--yes', 'do it')
    .addHelpText(
      'after',
      '\nExamples:\n  $ isotherm dead-letters purge --reason WIND_IMPOSSIBLE --dry-run\n  $ isotherm dead-letters purge 12/3408/7 --yes',
    )
    .action((ids: string[], flags: Flags<PurgeFlags>) =>
      withClient(flags, (client) => purgeLetters(client, { ids, flags }, context)),
    );
}
