import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Runs a file beside this one and kills it, as `kill -9` does, once it has written so many lines. @returns all its lines */
export async function linesUntilKilled(file: string, args: readonly string[], lines: number): Promise<string[]> {
  const path = new URL(file, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const heard: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (heard.push(line) === lines) child.kill('SIGKILL');
  });
  await closed;
  if (heard.length < lines) throw new Error(`${file} ended after ${heard.length} lines`);
  return heard;
}
