import type { Prng } from '@isotherm/testkit';
import type { SmallDisk } from 'isotherm/testing';
import type { ResultComparison } from './compare-results.ts';
import type { CrashOptions } from './crash-options.ts';
import type { Differences } from './differences.ts';
import type { CycleFault } from './fault-plan.ts';
import type { OutsideLedger } from './outside-ledger.ts';
import type { Producers } from './producers.ts';
import type { Relay } from './relay.ts';
import type { StoreFault } from './store-fault.ts';
import type { Workload } from './workload.ts';

/** What all cycles share. */
export interface Run {
  readonly options: CrashOptions;
  readonly directory: string;
  readonly workload: Workload;
  readonly ledger: OutsideLedger;
  readonly relay: Relay;
  readonly producers: Producers;
  readonly storeFault: StoreFault;
  /** The disk below the data directory; undefined where no disk is to be filled. */
  readonly disk: SmallDisk | undefined;
  /** What goes wrong, by cycle from 0. */
  readonly plan: readonly CycleFault[];
  readonly kills: Prng;
  readonly results: ResultComparison;
  /** What is found at any time. */
  readonly differences: Differences;
}
