import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A child process that runs a file and says things line by line. */
export interface SpokenChild {
  readonly child: ChildProcess;
  /** Whole lines so far. */
  readonly lines: string[];
  /** Resolves when there are that many lines. Rejects if the process ends before. */
  untilLines(count: number): Promise<void>;
  /** Kills it as `kill -9` does; resolves when it is gone and every line it wrote is there. */
  kill(): Promise<void>;
  /** Resolves with its exit code. */
  ended(): Promise<number | null>;
}

/** Starts a file beside this one. */
export function startChild(file: string, args: readonly string[]): SpokenChild {
  const path = new URL(file, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const closed = once(child, 'close');
  reader.on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    async untilLines(count) {
      while (lines.length < count) {
        const ended = await Promise.race([once(reader, 'line').then(() => false), closed.then(() => true)]);
        if (ended && lines.length < count) throw new Error(`${file} ended after ${lines.length} lines`);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async ended() {
      const [code] = await closed;
      return code;
    },
  };
}
