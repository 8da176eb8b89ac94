import { Command } from 'commander';
import { VERSION } from '../paths.ts';
import { addStartCommand } from '../start/start-command.ts';
import { applyConfigFile } from './apply-config-file.ts';
import type { CliContext } from './cli-context.ts';
import { addCurrentCommand } from './commands/current-command.ts';
import { addFeedCommand } from './commands/feed-command.ts';
import { addForecastCommand } from './commands/forecast-command.ts';
import { addHistoryCommand } from './commands/history-command.ts';
import { addSendCommand } from './commands/send-command.ts';
import { addStatusCommand } from './commands/status-command.ts';
import { addTopCommand } from './commands/top-command.ts';
import { option } from './option.ts';

/** The command line, `isotherm …`. */
export function createProgram(context: CliContext): Command {
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
  addStartCommand(program);
  addCurrentCommand(program, context);
  addForecastCommand(program, context);
  addHistoryCommand(program, context);
  addTopCommand(program, context);
  addStatusCommand(program, context);
  addSendCommand(program, context);
  addFeedCommand(program, context);
  return program;
}
