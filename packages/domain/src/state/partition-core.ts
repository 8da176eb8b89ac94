import type { ResultSettings } from '@isotherm/records';
import type { HeatIndexFormulaName, HeatIndexKernel } from '../weather/heat-index.ts';
import { CityTable } from './city-table.ts';
import { ExceptionLog } from './exception-log.ts';
import { PaneChunk } from './pane-chunk.ts';
import { chunkOfSlot, MINUTE_MS } from './pane-layout.ts';
import type { HourObserver } from './partition-state.ts';
import { ReplayedLetters } from './replayed-letters.ts';
import { RowColumns } from './row-columns.ts';
import { SessionTable } from './session-table.ts';
import { SideSlab } from './side-slab.ts';
import { StateBudget } from './state-budget.ts';
import { StateMemory } from './state-memory.ts';
import { SumsPool } from './sums-pool.ts';

/** A city heard nothing of for so long in log time is quiet: its panes are closed. */
const QUIET_MS = 60_000;

/** Panes out of reach that the replay under way changed, by slot: observations that each had before, by minute. */
export type Backfills = Map<number, Map<number, number>>;

/** What the parts of a partition's state work on. */
export class PartitionCore {
  readonly partition: number;
  readonly observer: HourObserver | undefined;
  readonly settings: ResultSettings;
  readonly kernel: HeatIndexKernel;

  readonly #memory = new StateMemory();
  readonly #sums = new SumsPool(this.#memory);
  readonly chunks: PaneChunk[] = [];
  readonly cities = new CityTable();
  readonly side = new SideSlab();
  readonly sessions = new SessionTable();
  readonly budget = new StateBudget();
  /** Number of the tenant whose rows are under way. */
  tenant = 0;
  readonly exceptions = new ExceptionLog();
  /** Letters replayed with success. */
  readonly replayed = new ReplayedLetters();
  /** Panes out of reach changed by the replay under way; undefined unless one is. */
  backfills: Backfills | undefined = undefined;
  appliedOffset = 0;
  logTimeMs = 0;

  applied = 0;
  duplicate = 0;
  dead = 0;
  rejected = 0;
  stored = 0;

  /** Rows that left the ring before they were stored. */
  readonly evicted = new RowColumns();
  /** At most the offset that first dirtied a row that left the ring. */
  evictedSince = Number.POSITIVE_INFINITY;
  /** Observations stored of dirty panes, by slot · 2³² + minute; none for a pane that is not in here. */
  readonly storedCounts = new Map<number, number>();
  /** Rows that left the ring while an older row of theirs was handed out: place in `evicted`, by the same key. */
  readonly evictedAgain = new Map<number, number>();
  /** Rows handed out whose panes left reach meanwhile, by the same key: only the batch answers for them. */
  readonly detached = new Set<number>();
  /** Whether a row outside the ring may be there twice, an older and a newer one. */
  mayWaitTwice = false;
  /** Panes and rows waiting to be stored. */
  rowsPending = 0;
  /** Chunk that the next hand-out starts with. */
  nextChunk = 0;

  constructor(options: {
    readonly partition: number;
    readonly settings: ResultSettings;
    readonly kernelOf: (formula: HeatIndexFormulaName) => HeatIndexKernel;
    readonly observer: HourObserver | undefined;
  }) {
    this.partition = options.partition;
    this.observer = options.observer;
    this.settings = options.settings;
    this.kernel = options.kernelOf(options.settings.formula);
  }

  /** The chunk of a slot, made on first use. */
  chunkOf(slot: number): PaneChunk {
    const index = chunkOfSlot(slot);
    while (this.chunks.length <= index) this.chunks.push(new PaneChunk(this.#memory, this.#sums));
    return this.chunks[index]!;
  }

  /** min(newest observation, log time) − out-of-orderness, ms since the epoch; NaN before the first observation. */
  watermarkMs(slot: number): number {
    return Math.min(this.cities.newestMs[slot]!, this.logTimeMs) - this.settings.outOfOrdernessMs;
  }

  /** Whether the tenant whose rows are under way may take more of the partition's memory. */
  hasRoom(): boolean {
    return this.budget.hasRoom(this.tenant, this.settings.maxStateBytesPerPartition);
  }

  isQuiet(slot: number): boolean {
    return this.logTimeMs - this.cities.lastSeenMs[slot]! >= QUIET_MS;
  }

  /** Moves log time; it never goes back. */
  advanceLogTime(appendMs: number): void {
    if (appendMs <= this.logTimeMs) return;
    const before = this.logTimeMs;
    this.logTimeMs = appendMs;
    if (Math.floor(appendMs / MINUTE_MS) !== Math.floor(before / MINUTE_MS)) this.sessions.sweep(appendMs);
  }
}
