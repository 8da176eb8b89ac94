import type { ShardEngine } from '@isotherm/compute/internals';
import { ownerOf, type Placement } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import type { ShardNode } from './shard-node.ts';
import type { World } from './world.ts';

/** Who moves partitions between live shards: the only writer of the placement. */
export interface Mover {
  /** The table that is recorded. */
  readonly table: Placement;
  /** One second: begins a move now and then, and a new process where the last one died. */
  move(): void;
  /** From now on it moves nothing, and puts right what was left in between. */
  finish(): void;
  /** What is not as the table says; undefined when all is. */
  readonly unsettled: string | undefined;
}

/** What the mover acts on. */
export interface MoverDeps {
  /** The newest process of a shard. */
  newest(shard: string): ShardNode | undefined;
  /** Every process of a shard that lives. */
  living(): readonly ShardNode[];
}

/** Errors of loading that no race explains. */
const NEVER = new Set(['CHECKPOINT_BEYOND_LOG', 'CHECKPOINT_MISSING', 'CHECKPOINT_OF_OTHER_LOG', 'LOG_BEYOND_END']);

/** Starts it over a table. Without moves in the layout it does nothing. */
export function startMover(world: World, first: Placement, deps: MoverDeps): Mover {
  const { layout, faults, violations } = world;
  const prng = world.prng.fork();
  let table = first;
  let process: SimulatedProcess = world.spawn('mover');
  let busy = false;
  let finishing = false;

  /** Calls a shard over a network that loses calls and answers. @returns undefined where no answer comes in time */
  function ask<T>(
    self: SimulatedProcess,
    shard: string,
    limitMs: number,
    call: (engine: ShardEngine, signal: AbortSignal) => T | Promise<T>,
  ): Promise<T | undefined> {
    return new Promise((resolve) => {
      const limit = self.after(limitMs, () => resolve(undefined));
      if (faults.strike('callLost')) return;
      const node = deps.newest(shard);
      node?.process.after(prng.float() * 20, () => {
        const engine = node.control;
        if (engine === undefined) return;
        const deadline = new AbortController();
        node.process.after(limitMs, () => deadline.abort(new Error('The call takes too long')));
        const answer = async () => await call(engine, deadline.signal);
        answer().then(
          (result) => {
            if (faults.strike('callLost')) return;
            self.after(prng.float() * 20, () => {
              limit.cancel();
              resolve(result);
            });
          },
          (error: unknown) => {
            const known = error instanceof IsothermError && !NEVER.has(error.id);
            violations.expect(known, 'a control call fails for a known reason', () => String(error));
          },
        );
      });
    });
  }

  const tell = (self: SimulatedProcess) =>
    Promise.all(
      layout.shards.map((shard) =>
        ask(self, shard, 1_000, ({ control }) => {
          control.setPlacement(table);
          return true;
        }),
      ),
    );

  function record(partition: number, to: string): void {
    const owners = table.owners.with(partition, table.shards.indexOf(to));
    table = { ...table, epoch: table.epoch + 1, owners, standbys: standbysOf(owners, layout) };
  }

  /** A hand-off, step by step; it may stop after any of them. */
  async function handOff(self: SimulatedProcess): Promise<void> {
    const partition = prng.below(layout.partitionCount);
    const from = ownerOf(table, partition);
    const to = prng.pick(layout.shards.filter((shard) => shard !== from));
    const { epoch } = table;
    if (prng.chance(0.8)) {
      await ask(self, to, 1_000, ({ control }) => control.follow(epoch, [partition]));
      await self.sleep(prng.float() * 4_000);
    }
    if (faults.strike('moverDies')) return self.kill();
    record(partition, to);
    const next = table.epoch;
    if (faults.strike('moverDies')) return self.kill();
    let releaseOffset: number | undefined;
    // An owner that is taken for dead is not asked.
    if (!faults.strike('ownerSkipped')) {
      const released = await ask(self, from, 2_000, ({ control }, signal) =>
        control.release(next, [partition], signal),
      );
      releaseOffset = released?.[0]?.releaseOffset;
    }
    if (faults.strike('moverDies')) return self.kill();
    await ask(self, to, 10_000, ({ control }, signal) => control.acquire(next, [{ partition, releaseOffset }], signal));
    if (faults.strike('moverDies')) return self.kill();
    await tell(self);
  }

  /** Reads who owns what, and makes it what the table says. */
  async function settle(self: SimulatedProcess): Promise<void> {
    await tell(self);
    for (let partition = 0; partition < layout.partitionCount; partition++) {
      const owner = ownerOf(table, partition);
      const { epoch } = table;
      for (const shard of layout.shards) {
        const phase = deps.newest(shard)?.control?.table.phaseOf(partition) ?? 'gone';
        const stands = table.standbys?.[partition]?.includes(layout.shards.indexOf(shard)) === true;
        if (shard === owner || phase === 'gone' || (stands && phase !== 'owning')) continue;
        await ask(self, shard, 2_000, ({ control }, signal) => control.release(epoch, [partition], signal));
      }
      if (deps.newest(owner)?.control?.table.phaseOf(partition) === 'owning') continue;
      const wanted = [{ partition, releaseOffset: undefined }];
      await ask(self, owner, 10_000, ({ control }, signal) => control.acquire(epoch, wanted, signal));
    }
  }

  function begin(what: (self: SimulatedProcess) => Promise<void>): void {
    const self = process;
    busy = true;
    void what(self).finally(() => {
      busy = false;
    });
  }

  return {
    get table() {
      return table;
    },
    move() {
      if (!layout.moves || finishing) return;
      if (!process.alive) {
        process = world.spawn('mover');
        begin(settle);
      } else if (!busy && prng.chance(0.4)) begin(handOff);
    },
    finish() {
      finishing = true;
      if (!layout.moves) return;
      // Whatever it is about, its successor puts it right.
      process.kill();
      process = world.spawn('mover');
      const again = async () => {
        for (;;) {
          await settle(process);
          await process.sleep(1_000);
        }
      };
      void again();
    },
    get unsettled() {
      if (!layout.moves) return undefined;
      for (let partition = 0; partition < layout.partitionCount; partition++) {
        const owner = ownerOf(table, partition);
        const owning = deps.living().filter(({ control }) => control?.table.phaseOf(partition) === 'owning');
        if (owning.length !== 1 || owning[0]!.name !== owner) {
          return `partition ${partition} of ${owner} is owned by [${owning.map(({ name }) => name)}]`;
        }
      }
      return undefined;
    },
  };
}

/** Warm copies: of each partition the shards after its owner. */
export function standbysOf(
  owners: readonly number[],
  { shards, standbys }: { readonly shards: readonly string[]; readonly standbys: number },
): readonly (readonly number[])[] {
  return owners.map((owner) => Array.from({ length: standbys }, (_, index) => (owner + 1 + index) % shards.length));
}
