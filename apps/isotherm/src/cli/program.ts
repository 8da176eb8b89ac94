import { Command } from 'commander';
import { VERSION } from '../paths.ts';
import type { CliContext } from './cli-context.ts';

/** Commands that run a service: they load nothing of what talks to one. */
const SERVICES: readonly string[] = ['ingest', 'compute', 'analytics', 'query', 'coordinator', 'operator', 'autoscale'];

/**
 * The command line, `isotherm …`. `name` is the command that will run, where it is known before: `start` does not load
 * what the others need, nor they the platform.
 */
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
  if (name !== 'start' && !SERVICES.includes(name ?? '')) {
    const { addClientCommands } = await import('./commands/add-client-commands.ts');
    addClientCommands(program, context);
  }
  if (name === undefined || !program.commands.some((command) => command.name() === name)) {
    const { addStartCommand } = await import('../start/start-command.ts');
    addStartCommand(program);
    const { addRoleCommands } = await import('../roles/add-role-commands.ts');
    addRoleCommands(program);
    const { addOperatorCommand } = await import('../operator/add-operator-command.ts');
    addOperatorCommand(program, context);
    const { addAutoscaleCommand } = await import('../operator/add-autoscale-command.ts');
    addAutoscaleCommand(program, context);
  }
  return program;
}
