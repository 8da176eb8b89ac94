import type { Prng } from '@isotherm/testkit';
import { createFaults, type Faults } from '../engine/faults.ts';
import { createScheduler, type Scheduler } from '../engine/scheduler.ts';
import { createProcess, type SimulatedProcess } from '../engine/simulated-process.ts';
import type { Violations } from '../engine/violation.ts';

/** Where a drill runs: a quiet world of its own, in which the drill decides what goes wrong. */
export interface Drill {
  readonly prng: Prng;
  readonly violations: Violations;
  readonly scheduler: Scheduler;
  /** Faults that never happen. */
  readonly faults: Faults;
  spawn(name: string): SimulatedProcess;
  /** Lets time pass until a promise settles. @throws what it rejects with, or Error if it does not settle in a minute. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** The id of the error that a call fails with; empty if it succeeds. */
  errorOf(call: () => Promise<unknown>): Promise<string>;
  /** Notes a violation unless both are the same as JSON. */
  same(rule: string, found: unknown, wanted: unknown): void;
}

const LIMIT_MS = 60_000;
const START_MS = Date.UTC(2026, 6, 1);

/** A quiet world. */
export function createDrill(prng: Prng, violations: Violations): Drill {
  const scheduler = createScheduler(prng.fork(), START_MS);
  const faults = createFaults(prng.fork(), []);
  faults.heal();
  async function settled<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
    };
    promise.then(end, end);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await scheduler.runUntil(() => over, LIMIT_MS);
    if (!over) throw new Error('A call of a drill did not settle');
    return promise;
  }
  return {
    prng,
    violations,
    scheduler,
    faults,
    settled,
    spawn: (name) => createProcess(name, { scheduler, prng: prng.fork(), clockOffsetMs: 0 }),
    async errorOf(call) {
      try {
        await settled(call());
        return '';
      } catch (error) {
        return idOf(error);
      }
    },
    same(rule, found, wanted) {
      const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
      violations.expect(a === b, rule, () => `${a?.slice(0, 400)} instead of ${b?.slice(0, 400)}`);
    },
  };
}

/** The stable id of an error of the platform; of any other error its text. */
export function idOf(error: unknown): string {
  return error instanceof Error && 'id' in error ? String(error.id) : String(error);
}
