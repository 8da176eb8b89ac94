import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { addChaosCommand } from './chaos-command.ts';
import { addCheckpointCommand } from './checkpoint-command.ts';
import { addCompareCommand } from './compare-command.ts';
import { addConfigCommand } from './config-command.ts';
import { addCurrentCommand } from './current-command.ts';
import { addDeadLettersCommand } from './dead-letters-command.ts';
import { addFeedCommand } from './feed-command.ts';
import { addForecastCommand } from './forecast-command.ts';
import { addHistoryCommand } from './history-command.ts';
import { addPlacementCommand } from './placement-command.ts';
import { addSendCommand } from './send-command.ts';
import { addStatusCommand } from './status-command.ts';
import { addTopCommand } from './top-command.ts';

/** Adds the commands that talk to a running platform, or look at its directory, in the order of the help. */
export function addClientCommands(program: Command, context: CliContext): void {
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
  addPlacementCommand(program, context);
  for (const command of program.commands) addConfigOption(command);
  addConfigCommand(program, context);
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
      const { applyConfigFile } = await import('../../start/config-file.ts');
      applyConfigFile(command, config);
    });
}
