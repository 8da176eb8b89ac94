import { processContext } from './cli-context.ts';
import { createProgram } from './program.ts';

// A reader that has seen enough (`isotherm top | head -1`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const context = processContext();
try {
  const program = await createProgram(context, process.argv[2]);
  await program.parseAsync();
} catch (error) {
  const { explain } = await import('./cli-error.ts');
  const { message, exitCode } = explain(error);
  context.terminal.err(`isotherm: ${message}\n`);
  process.exitCode = exitCode;
}
