import { rmSync, writeFileSync } from 'node:fs';
import type { STORE_FAULTS } from './fault-plan.ts';

/** The file in which the platform looks whether its analytical store shall fail; it outlives the platform's processes. */
export interface StoreFault {
  readonly path: string;
  demand(how: (typeof STORE_FAULTS)[number]): void;
  lift(): void;
}

/** A fault that is not demanded yet. */
export function createStoreFault(path: string): StoreFault {
  return {
    path,
    demand: (how) => writeFileSync(path, how),
    lift: () => rmSync(path, { force: true }),
  };
}
