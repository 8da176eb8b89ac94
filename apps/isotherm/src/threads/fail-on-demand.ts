import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { IsothermError } from '@isotherm/service-kit';

/** How calls fail while a crash test demands it. */
export type DemandedFault = 'away' | 'hangs' | 'fails after';

const LOOK_AGAIN_MS = 20;

/**
 * Lets a crash test take a port away: while the file at `path` names a fault, calls of `methods` fail like those of a
 * part that cannot be reached (`away`), that does not answer (`hangs`: until the file says otherwise), or that does
 * what it was told and then fails (`fails after`). No file, or any other text, and calls go through.
 *
 * @param path file that is read before each call; undefined leaves the port as it is, at no cost.
 */
export function failOnDemand<Port extends object>(
  port: Port,
  methods: readonly (keyof Port & string)[],
  path: string | undefined,
): Port {
  if (path === undefined) return port;
  const failing = async (call: () => unknown): Promise<unknown> => {
    while (demanded(path) === 'hangs') await sleep(LOOK_AGAIN_MS);
    if (demanded(path) === 'away') throw unavailable();
    const result = await call();
    if (demanded(path) === 'fails after') throw unavailable();
    return result;
  };
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const call = (...parameters: unknown[]): unknown => Reflect.apply(member, target, parameters);
      if (!methods.includes(name as keyof Port & string)) return call;
      return (...parameters: unknown[]) => failing(() => call(...parameters));
    },
  });
}

function demanded(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function unavailable(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'FAULT_DEMANDED',
    message: 'A crash test demands that this call fails.',
    advice: 'Remove the file that ISOTHERM_STORE_FAULT names.',
    retryAfterMs: 1000,
  });
}
