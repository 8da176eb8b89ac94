import { Command } from 'commander';
import { VERSION } from '../paths.ts';
import { applyConfigFile } from './apply-config-file.ts';
import type { CliContext } from './cli-context.ts';
import { addCompareCommand } from './commands/compare-command.ts';
import { addCurrentCommand } from './commands/current-command.ts';
import { addFeedCommand } from './commands/feed-command.ts';
import { addForecastCommand } from './commands/forecast-command.ts';
import { addHistoryCommand } from './commands/history-command.ts';
import { addSendCommand } from './commands/send-command.ts';
import { addStatusCommand } from './commands/status-command.ts';
import { addTopCommand } from './commands/top-command.ts';
import { option } from './option.ts';

/** Commands that talk to a running platform: they start at once because they do not load it. */
const LEAN_COMMANDS = new Set(['current', 'forecast', 'history', 'top', 'status', 'send', 'feed', 'compare']);

/** The command line, `isotherm …`. `name` is the command that will run, where it is known before. */
export async function createProgram(context: CliContext, name?: string): Promise<Command> {
  const program = new Command('isotherm')
    .description('A streaming weather platform: observations in, heat index, rolling values and forecasts out.')
    .version(VERSION)
    .addOption(
      option('--config <file>', 'JSON file with options (default: isotherm.json, if there is one)', {
        env: 'ISOTHERM_CONFIG',
      }),
    )
    .showHelpAfterError('Add --help to see what it takes.')
    .configureOutput({ writeOut: (text) => context.terminal.out(text), writeErr: (text) => context.terminal.err(text) })
    .hook('preAction', (root, command) => applyConfigFile(root, command))
    .addHelpText(
      'after',
      [
        '',
        'An option comes by flag, from the environment (ISOTHERM_…) or from the file, in this order:',
        '  {"api": "http://127.0.0.1:8080", "start": {"ingestPort": 50051}}',
      ].join('\n'),
    );
  if (name === undefined || !LEAN_COMMANDS.has(name)) {
    const { addStartCommand } = await import('../start/start-command.ts');
    addStartCommand(program);
  }
  addCurrentCommand(program, context);
  addForecastCommand(program, context);
  addHistoryCommand(program, context);
  addTopCommand(program, context);
  addStatusCommand(program, context);
  addSendCommand(program, context);
  addFeedCommand(program, context);
  addCompareCommand(program, context);
  return program;
}
