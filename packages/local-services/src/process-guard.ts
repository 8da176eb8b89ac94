import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Ends processes together with this one, however this one ends. */
export interface ProcessGuard {
  /** From now on the process is ended with this one. */
  add(name: string, pid: number): Promise<void>;
  /** The process has ended. */
  remove(name: string): Promise<void>;
  /** Ends them all, and removes the directory where it was said to be temporary. */
  close(): Promise<void>;
}

/** Waits for the end of its input, which comes with the end of its parent, even by SIGKILL. */
const SCRIPT = `
cat > /dev/null
for file in "$0"/*.pid; do [ -f "$file" ] && kill -9 "$(cat "$file")" 2> /dev/null; done
[ "$1" = temporary ] && rm -rf "$0"
exit 0
`;

/** Starts a guard; it keeps the ids of its processes as files in the directory. */
export function startProcessGuard(directory: string, options: { readonly temporary: boolean }): ProcessGuard {
  const fate = options.temporary ? 'temporary' : 'kept';
  const child = spawn('sh', ['-c', SCRIPT, directory, fate], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(child, 'close');
  child.unref();
  const fileOf = (name: string) => join(directory, `${name}.pid`);
  return {
    add: (name, pid) => writeFile(fileOf(name), String(pid)),
    remove: (name) => rm(fileOf(name), { force: true }),
    async close() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
