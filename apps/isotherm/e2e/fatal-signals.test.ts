import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

/** How long a process may outlive a crash. */
const LIMIT_MS = 5000;

/** The handlers of the ClickHouse engine would hold the process for minutes, serving and keeping its directory. */
describe('a crash of native code', () => {
  it.each(['SIGABRT', 'SIGSEGV', 'SIGBUS'] as const)(
    '(%s) ends the process at once, says so, and leaves the directory to the next start',
    { timeout: 240_000 },
    async (signal) => {
      await using directory = await scratchDirectory();
      const platform = await startPlatformProcess({ dataDirectory: directory.path });
      await eventually(
        () => handledSignals(platform.pid),
        (handled) => (handled & CRASH_MASK) === 0n,
      );
      process.kill(platform.pid, signal);
      await eventually(
        async () => platform.running,
        (running) => !running,
        LIMIT_MS,
      );
      const end = await platform.ended;
      expect(end.signal).toBe(signal);
      expect(end.stderr).toMatch(/^isotherm: The process was ended by (SIG[A-Z]+|a signal): .+native code/m);
      expect(end.stderr).toContain(`Everything acked is kept in ${directory.path}`);
      await using _again = await startPlatformProcess({ dataDirectory: directory.path });
    },
  );

  it('is told apart from a stop, which says nothing of it', { timeout: 240_000 }, async () => {
    await using directory = await scratchDirectory();
    const platform = await startPlatformProcess({ dataDirectory: directory.path });
    const end = await platform.end('SIGTERM');
    expect([end.code, end.signal]).toEqual([0, null]);
    expect(end.stderr).not.toContain('ended by');
  });
});

/** SIGILL 4, SIGTRAP 5, SIGABRT 6, SIGBUS 7, SIGFPE 8, SIGSEGV 11. */
const CRASH_MASK = [4, 5, 6, 7, 8, 11].reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n);

/** Signals that a process has handlers for (proc(5)). */
async function handledSignals(pid: number): Promise<bigint> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return BigInt(`0x${/^SigCgt:\t([0-9a-f]+)$/m.exec(status)?.[1]}`);
}
