import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The other process that has an engine's data directory open, or undefined. The engine itself finds out by a lock on
 * `status`, but tells only its standard error; asked beforehand, the answer can be a sentence of ours.
 */
export function directoryOwner(path: string): number | undefined {
  const status = join(path, 'status');
  const pid = Number(/^PID: (\d+)/m.exec(readOrNothing(status))?.[1] ?? Number.NaN);
  if (!Number.isInteger(pid) || pid === process.pid) return undefined;
  const locks = readOrNothing('/proc/locks');
  if (locks !== '') return isLocked(locks, statSync(status).ino) ? pid : undefined;
  return isAlive(pid) ? pid : undefined;
}

/** Lines of /proc/locks: `1: FLOCK ADVISORY WRITE 4711 08:01:1315 0 EOF` (proc_locks(5)). */
function isLocked(locks: string, inode: number): boolean {
  return locks.split('\n').some((line) => line.split(/\s+/).some((field) => field.endsWith(`:${inode}`)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
