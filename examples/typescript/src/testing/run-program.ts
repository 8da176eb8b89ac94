import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** A program under way. It is ended when it goes out of scope. */
export interface RunningProgram extends AsyncDisposable {
  readonly end: Promise<ProgramEnd>;
  /** Resolves when a line of its output begins like this. @throws with all output if it ends before. */
  printed(beginning: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program in a process group of its own, so that its children end with it. */
export function startProgram(command: string, args: readonly string[], deadlineMs: number): RunningProgram {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const deadline = setTimeout(() => killGroup(child, 'SIGKILL'), deadlineMs);
  const end = once(child, 'close').then(([code, signal]) => {
    clearTimeout(deadline);
    return { code, signal, output: lines.join('\n') } as ProgramEnd;
  });
  return {
    end,
    async printed(beginning) {
      let look: () => void = () => undefined;
      const seen = new Promise<void>((resolve) => {
        look = () => lines.some((line) => line.startsWith(beginning)) && resolve();
      });
      waiting.add(look);
      look();
      const early = end.then(({ output }) => Promise.reject(new Error(`Ended before it printed it:\n${output}`)));
      await Promise.race([seen, early]).finally(() => waiting.delete(look));
    },
    kill: (signal) => killGroup(child, signal),
    async [Symbol.asyncDispose]() {
      killGroup(child, 'SIGKILL');
      await end;
    },
  };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has just ended.
  }
}
