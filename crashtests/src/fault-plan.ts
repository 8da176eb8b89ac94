import type { Prng } from '@isotherm/testkit';

/** Faults a run can have besides the kill at the end of every cycle. */
export const FAULT_KINDS = ['kill', 'store', 'disk'] as const;

/** One of them. `kill` is the kill alone. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How the analytical store is taken away, as the platform's hook for crash tests names it. */
export const STORE_FAULTS = ['away', 'hangs', 'fails after'] as const;

/** What goes wrong in a cycle besides the kill. */
export type CycleFault =
  | { readonly kind: 'kill' }
  | {
      readonly kind: 'store';
      readonly how: (typeof STORE_FAULTS)[number];
      readonly lifted: 'before the kill' | 'at the restart' | 'after the restart';
    }
  | {
      readonly kind: 'disk';
      /** `reserve`: ingest meets its reserve; `full`: nothing is left for anybody; `no reserve`: the log meets the full disk. */
      readonly how: 'reserve' | 'full' | 'no reserve';
      readonly lifted: 'before the kill' | 'at the restart';
    };

/** Cycles of which one has each of the further faults. */
const BLOCK = 5;

/** Draws what happens in each cycle: of every five, one has the store taken away and one the disk filled, if asked for. */
export function planFaults(cycles: number, kinds: readonly FaultKind[], prng: Prng): CycleFault[] {
  const plan: CycleFault[] = [];
  while (plan.length < cycles) {
    const block: CycleFault[] = [];
    if (kinds.includes('store')) block.push(storeFault(prng));
    if (kinds.includes('disk')) block.push(diskFault(prng));
    while (kinds.includes('kill') && block.length < BLOCK) block.push({ kind: 'kill' });
    while (block.length > 0) plan.push(...block.splice(prng.below(block.length), 1));
  }
  return plan.slice(0, cycles);
}

function storeFault(prng: Prng): CycleFault {
  return {
    kind: 'store',
    how: prng.pick(STORE_FAULTS),
    lifted: prng.pick(['before the kill', 'at the restart', 'after the restart']),
  };
}

function diskFault(prng: Prng): CycleFault {
  const how = prng.pick(['reserve', 'full', 'no reserve'] as const);
  return { kind: 'disk', how, lifted: prng.pick(['before the kill', 'at the restart']) };
}

/** A fault in words; the empty string for the kill alone. */
export function faultText(fault: CycleFault): string {
  switch (fault.kind) {
    case 'kill':
      return '';
    case 'store':
      return `store ${fault.how}, until ${fault.lifted}`;
    case 'disk':
      return fault.how === 'no reserve' ? 'disk full under the log' : `disk ${fault.how}, until ${fault.lifted}`;
  }
}
