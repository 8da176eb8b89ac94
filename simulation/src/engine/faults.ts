import type { Prng } from '@isotherm/testkit';

/** What can go wrong, and how often it does at most: the probability at each occasion. */
const MOST = {
  /** A process is killed, by second of its life. */
  crash: 0.08,
  /** A shard or ingest is asked to stop, by second. No fault, but an end like others. */
  gracefulStop: 0.04,
  /** All processes and the disk's cache are gone at once, by second. */
  powerLoss: 0.02,
  /** A clock jumps by up to three hours either way, by second. */
  clockJump: 0.01,
  /** A second owner starts while the first one lives, by second. */
  secondOwner: 0.03,
  /** A process stands still for up to 30 s, by second. */
  pause: 0.03,
  /** A transaction of the log's disk fails. */
  logDiskFails: 0.004,
  /** A call of the checkpoint store fails without effect. */
  blobFails: 0.05,
  /** A call of the checkpoint store has its effect, and its caller sees an error. */
  blobAmbiguous: 0.04,
  /** The newest checkpoint of a partition is torn or damaged, when its owner is killed. */
  blobDamaged: 0.5,
  /** A write to the analytical store fails without effect. */
  storeFails: 0.1,
  /** A write is applied in part or whole, and its caller sees an error. */
  storeAmbiguous: 0.1,
  /** The analytical store is away for up to a minute, by second. */
  storeAway: 0.02,
  /** A write takes up to 40 s. */
  storeSlow: 0.03,
  /** A connection breaks, at each message. */
  connectionBreaks: 0.03,
  /** What was on its way when a connection broke arrives all the same, up to 30 s later. */
  arrivesLate: 0.7,
  /** A producer is cut off from ingest for up to 20 s, by second. */
  networkCut: 0.02,
  /** An append over the network is kept, or is kept later, and its caller sees an error. */
  appendAmbiguous: 0.08,
  /** An append over the network is kept in some partitions; in others it is not, or is kept later. */
  appendPartly: 0.08,
  /** An append over the network is refused without effect. */
  appendFails: 0.05,
  /** A record that nobody can read or apply is appended, by second: a faulty release of ingest. */
  poison: 0.1,
  /** A producer writes slower than it may: its socket is full for a moment. */
  socketFull: 0.05,
  /** A control call of a shard, or its answer, is lost. */
  callLost: 0.1,
  /** Whoever moves partitions dies, at each step of a hand-off. */
  moverDies: 0.1,
  /** The owner of a partition that moves is taken for dead: it is not asked to release. */
  ownerSkipped: 0.4,
  /** A call of the checkpoint store takes up to 20 s. */
  blobSlow: 0.02,
} as const;

/** A kind of fault. */
export type FaultKind = keyof typeof MOST;

/** The faults of a run. Each run has some kinds and not others, so that rare combinations meet. */
export interface Faults {
  /** Whether a fault of this kind happens now. Never once {@link Faults.heal} was called. */
  strike(kind: FaultKind): boolean;
  /** From now on nothing goes wrong any more. */
  heal(): void;
  readonly healed: boolean;
  /** How many of each kind happened. */
  readonly counts: ReadonlyMap<FaultKind, number>;
  readonly prng: Prng;
}

/** Every kind there is. */
export const FAULT_KINDS = Object.keys(MOST) as readonly FaultKind[];

/** Draws the faults of a run. */
export function createFaults(prng: Prng, without: readonly FaultKind[]): Faults {
  const counts = new Map<FaultKind, number>();
  const rates = new Map(FAULT_KINDS.map((kind) => [kind, prng.chance(0.55) ? MOST[kind] * prng.float() : 0] as const));
  let healed = false;
  return {
    prng,
    counts,
    get healed() {
      return healed;
    },
    strike(kind) {
      const rate = rates.get(kind)!;
      if (healed || rate === 0 || !prng.chance(rate) || without.includes(kind)) return false;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      return true;
    },
    heal() {
      healed = true;
    },
  };
}
