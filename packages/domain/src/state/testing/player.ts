import type { LogRecord } from '@isotherm/records';
import { createPartitionState, restorePartitionState } from '../create-partition-state.ts';
import type { HourObserver, PartitionState, PendingRows } from '../partition-state.ts';
import { observationsRecord } from './observations-record.ts';
import { RowStore } from './row-store.ts';
import { type Step, TEST_SETTINGS } from './script.ts';

/** Plays a script against a partition's state and keeps what it stores, checkpoints and reports. */
export class Player {
  state: PartitionState;
  readonly store = new RowStore();
  readonly hours: string[] = [];
  readonly #restarts: boolean;
  readonly #observer: HourObserver = {
    hourCompleted: (slot, hour, ...means) => {
      this.hours.push(`${this.state.cityIdOf(slot)} ${hour} ${means.join(' ')}`);
    },
    cityRemoved: () => undefined,
  };
  #pending: PendingRows | undefined;
  #segments: Uint8Array[] = [];
  /** Reports made before the last segment: a restart forgets the others, and replays their records. */
  #replay: (() => void)[] = [];
  #hoursKept = 0;

  constructor(options: { readonly restarts?: boolean } = {}) {
    this.#restarts = options.restarts ?? true;
    this.state = createPartitionState({ partition: 5, settings: TEST_SETTINGS, hourObserver: this.#observer });
  }

  play(steps: readonly Step[]): void {
    for (const step of steps) this.#step(step);
  }

  /** Stores everything there is. */
  drain(): void {
    this.#settle(true);
    for (let rows = this.state.takeRows(7, { includeOpen: true }); rows !== undefined; ) {
      this.store.write(rows.rows);
      rows.stored();
      rows = this.state.takeRows(7, { includeOpen: true });
    }
  }

  /** Another player that goes on from segments taken now, as a new owner of the partition would. */
  fork(): Player {
    this.#settle(false);
    this.#segments.push(this.state.takeSegment(this.#segments.length === 0 ? 'full' : 'delta'));
    const twin = new Player({ restarts: false });
    twin.state = restorePartitionState({
      partition: 5,
      settings: TEST_SETTINGS,
      hourObserver: twin.#observer,
      segments: this.#segments,
    }).state;
    twin.#segments = [...this.#segments];
    twin.hours.push(...this.hours);
    for (const [key, row] of this.store.rows) twin.store.rows.set(key, row);
    return twin;
  }

  #step(step: Step): void {
    switch (step.kind) {
      case 'rows': {
        const record = observationsRecord([{ rows: step.rows }], { wide: step.wide });
        this.#apply(step.appendMs, record);
        break;
      }
      case 'tick':
        this.#apply(step.appendMs, { kind: 'tick' });
        break;
      case 'take':
        this.#pending ??= this.state.takeRows(step.maxRows, { includeOpen: step.includeOpen });
        break;
      case 'settle':
        this.#readWindows();
        this.#settle(step.stored);
        break;
      case 'segment':
        this.#segments.push(this.state.takeSegment(this.#segments.length === 0 ? 'full' : 'delta'));
        this.#replay = [];
        this.#hoursKept = this.hours.length;
        break;
      case 'restart':
        if (this.#restarts) this.#restart();
        break;
    }
  }

  #apply(appendMs: number, record: LogRecord): void {
    const apply = () => this.state.apply({ offset: this.state.appliedOffset, appendMs }, record);
    if (!apply()) throw new Error('a partition of a few rows has room');
    this.#replay.push(apply);
  }

  #settle(stored: boolean): void {
    if (this.#pending === undefined) return;
    if (stored) {
      this.store.write(this.#pending.rows);
      this.#pending.stored();
    } else this.#pending.failed();
    this.#pending = undefined;
  }

  /** Readers come at any time; what they leave behind in caches must not show later. */
  #readWindows(): void {
    for (let slot = 0; slot < this.state.slotCount; slot++) this.state.rolling(slot, 1440);
  }

  /** Everything since the last segment is lost but the log, and what was stored. */
  #restart(): void {
    this.#pending = undefined;
    this.hours.length = this.#hoursKept;
    const options = { partition: 5, settings: TEST_SETTINGS, hourObserver: this.#observer };
    this.state =
      this.#segments.length === 0
        ? createPartitionState(options)
        : restorePartitionState({ ...options, segments: this.#segments }).state;
    for (const apply of this.#replay) apply();
  }
}
