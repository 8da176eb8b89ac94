import { Command } from 'commander';
import { VERSION } from '../paths.ts';
import type { CliContext } from './cli-context.ts';
import { addChaosCommand } from './commands/chaos-command.ts';
import { addCheckpointCommand } from './commands/checkpoint-command.ts';
import { addCompareCommand } from './commands/compare-command.ts';
import { addCurrentCommand } from './commands/current-command.ts';
import { addDeadLettersCommand } from './commands/dead-letters-command.ts';
import { addFeedCommand } from './commands/feed-command.ts';
import { addForecastCommand } from './commands/forecast-command.ts';
import { addHistoryCommand } from './commands/history-command.ts';
import { addSendCommand } from './commands/send-command.ts';
import { addStatusCommand } from './commands/status-command.ts';
import { addTopCommand } from './commands/top-command.ts';

/** Commands that talk to a running platform: they start at once because they do not load it. */
const LEAN_COMMANDS = new Set([
  'current',
  'forecast',
  'history',
  'top',
  'status',
  'send',
  'feed',
  'compare',
  'checkpoint',
  'dead-letters',
]);

/** The command line, `isotherm …`. `name` is the command that will run, where it is known before. */
export async function createProgram(context: CliContext, name?: string): Promise<Command> {
  const program = new Command('isotherm')
    .description('A streaming weather platform: observations in, heat index, rolling values and forecasts out.')
    .version(VERSION)
    .showHelpAfterError('Add --help to see what it takes.')
    .configureOutput({ writeOut: (text) => context.terminal.out(text), writeErr: (text) => context.terminal.err(text) })
    .addHelpText(
      'after',
      '\nAn option comes by flag, from the environment (ISOTHERM_…) or from a file (--config), in this order.',
    );
  addCurrentCommand(program, context);
  addForecastCommand(program, context);
  addHistoryCommand(program, context);
  addTopCommand(program, context);
  addStatusCommand(program, context);
  addSendCommand(program, context);
  addFeedCommand(program, context);
  addCompareCommand(program, context);
  addChaosCommand(program, context);
  addCheckpointCommand(program, context);
  addDeadLettersCommand(program, context);
  for (const command of program.commands) addConfigOption(command);
  if (name === undefined || !LEAN_COMMANDS.has(name)) {
    const { addStartCommand } = await import('../start/start-command.ts');
    addStartCommand(program);
  }
  return program;
}

/** Adds `--config`: a file of the command's own settings, as `start` has it. */
function addConfigOption(command: Command): void {
  if (command.commands.length > 0) {
    for (const inner of command.commands) addConfigOption(inner);
    return;
  }
  command
    .option('--config <file>', 'JSON file of these settings, as in {"api": "http://127.0.0.1:8080"}')
    .hook('preAction', async () => {
      const { config } = command.opts<{ config?: string }>();
      if (config === undefined) return;
      const { applyConfigFile } = await import('../start/config-file.ts');
      applyConfigFile(command, config);
    });
}
