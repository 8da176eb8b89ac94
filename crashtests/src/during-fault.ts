import { setTimeout as sleep } from 'node:timers/promises';
import type { IsothermClient } from '@isotherm/client';
import { RESERVE_BYTES, type RunningPlatform } from './crash-platform.ts';
import { compareCount, noteUnserved } from './differences.ts';
import type { CycleFault } from './fault-plan.ts';
import type { Run } from './run.ts';
import { producerOf } from './workload.ts';

/** What has to happen happens within this time, in ms. */
const PATIENCE_MS = 20_000;
/** Acks that have to arrive while nothing but the store is away. */
const ACKS = 30;
/** Without an ack for so long, in ms, ingest is taken to refuse. */
const QUIET_MS = 400;
/** How long a disk stays full, in ms, besides the time until ingest refuses. */
const FULL_MS = 500;
/** Cities whose hot reads are checked. */
const CITIES = 50;

/** While the analytical store is away, acks keep coming and every acked observation is in hot reads. */
export async function readsAndAcksGoOn(run: Run, running: RunningPlatform): Promise<void> {
  const { producers, differences } = run;
  const before = producers.acks;
  if (!(await within(PATIENCE_MS, () => producers.acks >= before + ACKS))) {
    noteUnserved(differences, `acks stopped while the analytical store was away (${producers.acks - before} more)`);
  }
  await hotReadsGoOn(run, running.client, 'the analytical store was away');
}

/**
 * Fills the disk, sees that ingest takes nothing more and that hot reads go on, and empties it again if it is to be
 * emptied before the kill. Where the log itself meets the full disk, the platform has to end and say why.
 *
 * @returns whether the platform ended by itself.
 */
export async function diskFilled(
  run: Run,
  { platform, client }: RunningPlatform,
  fault: Extract<CycleFault, { kind: 'disk' }>,
): Promise<boolean> {
  const { disk, producers, differences } = run;
  if (disk === undefined) throw new Error('There is no disk to fill');
  disk.fill(fault.how === 'reserve' ? RESERVE_BYTES / 2 : 0);
  if (fault.how === 'no reserve') {
    // The log may go on for a while: it uses the space of dropped records again before its file has to grow.
    await within(2 * PATIENCE_MS, () => !platform.running);
  } else {
    const refused = await within(PATIENCE_MS, async () => {
      const before = producers.acks;
      await sleep(QUIET_MS);
      return !platform.running || producers.acks === before;
    });
    if (!refused) noteUnserved(differences, 'acks kept coming although the disk was full');
  }
  if (!platform.running) {
    const { code, stderr } = await platform.ended;
    if (fault.how !== 'no reserve' || code !== 1 || !/A write to the log in .+ failed/.test(stderr)) {
      noteUnserved(differences, `the platform ended with code ${code} on a full disk: ${stderr.slice(-2000)}`);
    }
    return true;
  }
  await hotReadsGoOn(run, client, 'the disk was full');
  await sleep(FULL_MS);
  if (fault.lifted === 'before the kill') {
    disk.relieve();
    const before = producers.acks;
    if (!(await within(PATIENCE_MS, () => producers.acks > before + ACKS || !platform.running))) {
      noteUnserved(differences, 'acks did not come back when the disk had space again');
    }
  }
  return false;
}

/** What was acked when the read began is in it. */
async function hotReadsGoOn(run: Run, client: IsothermClient, when: string): Promise<void> {
  const { workload, ledger, differences, kills } = run;
  const first = kills.below(Math.max(1, workload.cityIds.length - CITIES));
  const { acked, sent } = ledger.read();
  const cityIds = workload.cityIds.slice(first, first + CITIES);
  try {
    const { conditions } = await client.current(cityIds, { consistency: 'STRONG', timeoutMs: PATIENCE_MS });
    const found = new Map(conditions.map((each) => [each.city.cityId, each.observations]));
    for (const [index, cityId] of cityIds.entries()) {
      const producer = producerOf(workload, first + index);
      compareCount(differences, `while ${when}, city ${cityId}`, {
        found: found.get(cityId) ?? 0,
        atLeast: (acked[producer]?.size ?? 0) * workload.secondsPerBatch,
        // Batches sent since then count too.
        atMost: Math.max(sent[producer] ?? 0, ledger.read().sent[producer] ?? 0) * workload.secondsPerBatch,
      });
    }
  } catch (error) {
    noteUnserved(differences, `hot reads failed while ${when}: ${error instanceof Error ? error.message : error}`);
  }
}

async function within(ms: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadlineMs = performance.now() + ms;
  while (performance.now() < deadlineMs) {
    if (await holds()) return true;
    await sleep(10);
  }
  return false;
}
