import type { Log, LogAppend, RecordOutcome } from '@isotherm/log';
import { IsothermError } from '@isotherm/service-kit';
import type { Faults } from '../engine/faults.ts';
import type { SimulatedProcess } from '../engine/simulated-process.ts';

/**
 * A log on another machine, as a producer of records sees it: answers take time, get lost, or come although nobody
 * waits any more. An append whose answer is lost may be kept, now or later, and a group in part: as Kafka's partitions
 * have leaders of their own.
 */
export function createRemoteLog(
  process: SimulatedProcess,
  deps: {
    readonly faults: Faults;
    /** The log while its process lives; undefined while it is down. */
    readonly current: () => Log | undefined;
    readonly incarnation: string;
    readonly partitionCount: number;
    readonly settings: Uint8Array;
  },
): Log {
  const { faults, current } = deps;
  const { prng } = faults;

  /** Sends a request and brings back its answer; the request may arrive long after its sender gave up. */
  async function request<T>(ask: (log: Log) => Promise<T>, ambiguous: boolean): Promise<T> {
    const lateMs = ambiguous && prng.chance(0.5) ? prng.float() * 20_000 : 0;
    let answer: Promise<T> | undefined;
    const sent = process.call({ thereMs: prng.float() * 3 + lateMs, backMs: 0 }, () => {
      const log = current();
      if (log === undefined || (!process.alive && prng.chance(0.5))) throw unreachable();
      answer = ask(log);
      answer.catch(() => undefined);
    });
    if (ambiguous) {
      sent.catch(() => undefined);
      await process.sleep(prng.float() * 100);
      throw unreachable();
    }
    await sent;
    // An answer of a process that died meanwhile never comes: the connection is lost after a while.
    const lost = process.sleep(2_000).then(() => {
      throw unreachable();
    });
    lost.catch(() => undefined);
    const result = await Promise.race([answer!.catch(rethrow), lost]);
    await process.sleep(prng.float() * 3);
    return result;
  }

  /** Sends records; what is not answered is unknown. Rejects where the log says that it attempted nothing. */
  async function send(group: readonly LogAppend[], ambiguous: boolean): Promise<readonly RecordOutcome[]> {
    try {
      return (await request((log) => log.append(group), ambiguous)).map(seenFromHere);
    } catch (error) {
      if (!(error instanceof IsothermError) || error.id !== 'LOG_UNREACHABLE') throw error;
      return group.map(() => ({ kind: 'unknown', error }));
    }
  }

  return {
    incarnation: deps.incarnation,
    partitionCount: deps.partitionCount,
    settings: deps.settings,
    async append(group) {
      if (faults.strike('appendFails')) {
        await process.sleep(prng.float() * 20);
        throw unreachable();
      }
      const copies = group.map((record) => ({ ...record, bytes: record.bytes.slice() }));
      const away = new Set(
        faults.strike('appendPartly') ? copies.map(({ partition }) => partition).filter(() => prng.chance(0.5)) : [],
      );
      const reached = copies.filter(({ partition }) => !away.has(partition));
      const lost = copies.filter(({ partition }) => away.has(partition));
      // Some leaders are not asked at all, others do what they are asked, some time, and cannot say so.
      const asked = prng.chance(0.5);
      if (lost.length > 0 && asked) void send(lost, true);
      const outcomes = reached.length === 0 ? [] : await send(reached, faults.strike('appendAmbiguous'));
      const next = outcomes.values();
      return copies.map(({ partition }): RecordOutcome => {
        if (!away.has(partition)) return next.next().value!;
        return { kind: asked ? 'unknown' : 'notKept', error: unreachable() };
      });
    },
    extents: (partitions) => request((log) => log.extents(partitions), false),
    readAt: (partition, offset) => request((log) => log.readAt(partition, offset), false),
    openReader: () => Promise.reject(new Error('Readers open the log where it is')),
    trim: () => Promise.reject(new Error('The log is trimmed where it is')),
    sizeBytes: () => request((log) => log.sizeBytes(), false),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function unreachable(): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'LOG_UNREACHABLE',
    message: 'The log did not answer.',
    retryAfterMs: 200,
  });
}

/** A fenced log is somebody else's trouble here. */
function rethrow(error: unknown): never {
  if (error instanceof IsothermError && error.id === 'LOG_FENCED') throw unreachable();
  throw error;
}

function seenFromHere(outcome: RecordOutcome): RecordOutcome {
  return outcome.kind === 'kept' ? outcome : { ...outcome, error: unreachable() };
}
