import { processTerminal, type Terminal } from './terminal/terminal.ts';

/** What commands need of the world. */
export interface CliContext {
  readonly terminal: Terminal;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Aborts on Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

/** The world of this process. The first signal aborts, the second ends the process at once. */
export function processContext(): CliContext {
  let interrupted: AbortController | undefined;
  return {
    terminal: processTerminal(),
    nowMs: Date.now,
    get interrupted() {
      interrupted ??= onSignals();
      return interrupted.signal;
    },
  };
}

function onSignals(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller;
}
