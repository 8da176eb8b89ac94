import { openSync, writeSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

/** Work that crash tests aim at. */
export type Phase = 'append' | 'checkpoint' | 'insert';

/**
 * Writes a line to `path` when a call of the port begins and another when it has ended, so that a crash test can tell
 * what a kill interrupted: `+append 3.17`, `-append 3.17`. What a killed process wrote stays in the file.
 *
 * @param path file to append to; undefined leaves the port as it is, at no cost.
 */
export function markPhases<Port extends object>(
  port: Port,
  phases: Partial<Record<keyof Port, Phase>>,
  path: string | undefined,
): Port {
  if (path === undefined) return port;
  const file = openSync(path, 'a');
  let calls = 0;
  const during = async (phase: Phase, work: () => unknown): Promise<unknown> => {
    const id = `${phase} ${threadId}.${++calls}\n`;
    writeSync(file, `+${id}`);
    try {
      return await work();
    } finally {
      writeSync(file, `-${id}`);
    }
  };
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const phase = phases[name as keyof Port];
      const call = (...parameters: unknown[]): unknown => Reflect.apply(member, target, parameters);
      return phase === undefined ? call : (...parameters: unknown[]) => during(phase, () => call(...parameters));
    },
  });
}
