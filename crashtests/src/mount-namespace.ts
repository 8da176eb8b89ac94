import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Set in the process that has mounts of its own. */
const MARK = 'ISOTHERM_CRASH_MOUNTS';

/** Whether mounts of this process are its own, and end with it. */
export function hasOwnMounts(): boolean {
  return process.env[MARK] === '1';
}

/** Runs this program again with mounts of its own; resolves with its exit code. */
export async function runWithOwnMounts(): Promise<number> {
  const child = spawn('unshare', ['--mount', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  });
  // Ctrl-C reaches the whole group; what is sent to this process alone is passed on.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
