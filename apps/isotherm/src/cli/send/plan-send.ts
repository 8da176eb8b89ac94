import { createHash } from 'node:crypto';
import { type IsothermClient, IsothermClientError, type ReadToken } from '@isotherm/client';
import type { BatchRule } from './batches-of-file.ts';
import type { FileSummary } from './inspect-file.ts';
import { readStoredReadings, type StoredReadings } from './stored-readings.ts';

/**
 * How a file is sent so that nothing of it counts twice, however often and whenever it is sent.
 *
 * The file's hash is the producer id; session and batches follow from the file, the namespace and the way it is cut. So
 * a send that is repeated while the platform remembers the session (an hour) repeats the very same batches, and the
 * platform itself tells them apart. Later it cannot any more: then the readings stored of these cities are read back,
 * and what is there already is left out; what is left goes in a session of its own.
 */
export type SendPlan =
  | { readonly kind: 'sameBatches'; readonly session: bigint }
  | { readonly kind: 'onlyMissing'; readonly session: bigint; readonly stored: StoredReadings };

/** The platform remembers a session for an hour at least; this leaves time for the send itself to begin everywhere. */
const SURELY_REMEMBERED_MS = 45 * 60_000;
/** Cities that one call may ask for. */
const CITIES_PER_CALL = 1000;

/** Decides how to send. */
export async function planSend(
  client: IsothermClient,
  file: { readonly sha256: string; readonly summary: FileSummary },
  options: {
    readonly namespace: string;
    readonly rule: BatchRule;
    readonly cityIdOf: (city: string) => string;
    readonly nowMs: number;
    readonly signal: AbortSignal;
  },
): Promise<SendPlan> {
  const { cityIdOf, nowMs, signal } = options;
  const session = sessionOf(file.sha256, options.namespace, options.rule);
  const same = { kind: 'sameBatches', session } as const;
  const status = await client.status({ signal });
  const remembered = status.shards
    .flatMap((shard) => shard.producers)
    .filter(({ tenant, producerId }) => tenant === status.tenant && producerId === file.sha256)
    .some(
      (producer) => producer.session === session && nowMs - producer.lastAppendTime.getTime() < SURELY_REMEMBERED_MS,
    );
  if (remembered) return same;
  const known = await anyKnown(client, [...file.summary.cities.keys()].map(cityIdOf), signal);
  if (!known) return same;
  const readToken = tokenOf(status);
  const stored = await readStoredReadings(client, file.summary, { cityIdOf, readToken, signal });
  return { kind: 'onlyMissing', session: session ^ BigInt(Math.floor(nowMs)), stored };
}

/** 63 bits that the same file, namespace and cut always give. */
function sessionOf(sha256: string, namespace: string, rule: BatchRule): bigint {
  const digest = createHash('sha256')
    .update(JSON.stringify([sha256, namespace, rule.maxRows, rule.byTime]))
    .digest();
  return digest.readBigUInt64BE() >> 1n;
}

async function anyKnown(client: IsothermClient, cityIds: readonly string[], signal: AbortSignal): Promise<boolean> {
  for (let first = 0; first < cityIds.length; first += CITIES_PER_CALL) {
    const some = cityIds.slice(first, first + CITIES_PER_CALL).filter((cityId) => cityId !== '' && cityId.length <= 64);
    if (some.length === 0) continue;
    try {
      const { conditions } = await client.current(some, { consistency: 'STRONG', signal });
      const ids = new Set(some);
      if (conditions.some(({ city }) => ids.has(city.cityId))) return true;
    } catch (error) {
      if (!(error instanceof IsothermClientError) || error.code !== 'NOT_FOUND') throw error;
    }
  }
  return false;
}

/** A token for everything in the log at the time of the status. */
function tokenOf(status: Awaited<ReturnType<IsothermClient['status']>>): ReadToken {
  const ends = status.shards.flatMap((shard) => shard.partitions).filter(({ endOffset }) => endOffset > 0);
  return {
    incarnation: status.incarnation,
    partitions: ends.map(({ partition }) => partition),
    offsets: ends.map(({ endOffset }) => BigInt(endOffset - 1)),
  };
}
