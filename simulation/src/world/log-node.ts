import { DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { type Log, withAppend } from '@isotherm/log';
import { LOG_FORMAT_VERSION, type LogFacts, writeLogOver } from '@isotherm/log/internals';
import { encodeResultSettings } from '@isotherm/records';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import type { World } from './world.ts';

/** Identity of the simulated log. */
export const INCARNATION = '0191a2b3c4d50001';

/** The process that writes the log, and its log once it is open. */
export interface LogNode {
  readonly process: SimulatedProcess;
  readonly log: Log | undefined;
}

const TRIM_EVERY_MS = 4_000;

/** What results of a run depend on. */
export function settingsOf({ layout }: World): Uint8Array {
  return encodeResultSettings({ ...DEFAULT_RESULT_SETTINGS, allowedLatenessMs: layout.allowedLatenessMs });
}

/** Facts of the simulated log. */
export function factsOf(world: World): LogFacts {
  return {
    formatVersion: LOG_FORMAT_VERSION,
    incarnation: INCARNATION,
    partitionCount: world.layout.partitionCount,
    settings: Buffer.from(settingsOf(world)).toString('base64'),
  };
}

/**
 * Starts a process that writes the log and trims it by what the shards still need.
 *
 * @param trimOffsets from which offsets the log is still needed; undefined while some shard cannot tell.
 */
export function startLogNode(
  world: World,
  trimOffsets: () => ReadonlyMap<number, number> | undefined,
  opened: (log: Log) => void,
): LogNode {
  const process = world.spawn('log');
  const { logger } = world.recorder;
  let log: Log | undefined;
  const store = world.logDisk.open(process);
  writeLogOver({
    store,
    facts: factsOf(world),
    flush: world.logDisk.publisher(process),
    maxBytes: Number.POSITIVE_INFINITY,
    maxPendingBytes: 1 << 24,
    onFenced(error) {
      logger.error({ err: error }, 'simulation: log node left after its log was fenced');
      process.kill();
    },
    runtime: process,
    release: () => undefined,
  }).then(
    (writer) => {
      log = watched(world, process, writer);
      opened(log);
      process.every(TRIM_EVERY_MS, () => {
        const keepFrom = trimOffsets();
        if (keepFrom === undefined) return;
        writer.trim(keepFrom).catch((error: unknown) => logger.warn({ err: error }, 'simulation: trim failed'));
      });
    },
    (error: unknown) => {
      logger.error({ err: error }, 'simulation: log could not be opened');
      world.violations.note('a log that was written can be opened', String(error));
    },
  );
  return {
    process,
    get log() {
      return process.alive ? log : undefined;
    },
  };
}

/** The log, with a history of what is handed to it and a check of the offsets and stamps it answers with. */
function watched({ history, violations }: World, process: SimulatedProcess, log: Log): Log {
  return withAppend(log, async (group) => {
    const copies = group.map(({ partition, bytes }) => ({ partition, bytes: bytes.slice() }));
    const outcomes = await history.appending({ group, nowMs: process.now() }, () => log.append(group));
    outcomes.forEach((outcome, i) => {
      if (outcome.kind !== 'kept') return;
      const { offset, appendMs } = outcome;
      const { partition, bytes } = copies[i]!;
      const kept = history.records[partition]![offset];
      violations.expect(
        kept !== undefined && Buffer.compare(kept.bytes, bytes) === 0,
        'what is acked is durable at its offset',
        () => `partition ${partition}, offset ${offset}`,
      );
      violations.expect(
        kept === undefined || kept.appendMs === appendMs,
        'a record has the stamp that its writer gave it',
        () => `partition ${partition}, offset ${offset}: ${appendMs} instead of ${kept?.appendMs}`,
      );
    });
    return outcomes;
  });
}
