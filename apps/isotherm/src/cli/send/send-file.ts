import { setTimeout as sleep } from 'node:timers/promises';
import {
  createIsothermClient,
  type IsothermClientOptions,
  type ObservationStream,
  type ReadToken,
} from '@isotherm/client';
import { type BatchRule, batchesOfFile, type FileBatch } from './batches-of-file.ts';
import { inspectFile } from './inspect-file.ts';
import { planSend, type SendPlan } from './plan-send.ts';
import { openReadingFile } from './reading-file.ts';
import { createSendTally, type SendReport, type SendTally } from './send-tally.ts';

/** Where and how a file is sent. */
export interface SendFileOptions {
  /** Ingest, and the public API: asked what is there already. */
  readonly connection: IsothermClientOptions;
  /** Prefix of city ids, `ns` makes `ns/JFK` of `JFK`. Default none. */
  readonly namespace?: string;
  /** Times faster than the readings were taken; Infinity for as fast as it goes. Default Infinity. */
  readonly speed?: number;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Called as batches are answered. */
  readonly onProgress?: (progress: SendProgress) => void;
}

/** How far a send is. */
export interface SendProgress {
  readonly settled: number;
  readonly rejected: number;
  readonly readings: number;
  /** Time of the newest reading sent, in ms. */
  readonly positionMs: number;
}

/** A send that came to its end. */
export interface SentFile extends SendReport {
  readonly file: string;
  readonly producerId: string;
  readonly readings: number;
  readonly cities: number;
  readonly seconds: number;
  /** Whether it was interrupted: sending the file again goes on. */
  readonly interrupted: boolean;
  /** City ids as they were sent. */
  readonly cityIds: readonly string[];
  /** Presented with a read, it sees the whole file. */
  readonly readToken: ReadToken | undefined;
}

/** Rows of a batch. Batches go one at a time, each after the ack of the one before: a refused batch that came after its
 * successors would be late, for a file's hours pass in microseconds. */
const ROWS_PER_BATCH = 4000;

/** Sends a CSV file of readings. Sending it again adds nothing: see {@link SendPlan}. */
export async function sendFile(path: string, options: SendFileOptions): Promise<SentFile> {
  const { namespace = '', speed = Number.POSITIVE_INFINITY, signal, nowMs } = options;
  const cityIdOf = (city: string) => (namespace === '' ? city : `${namespace}/${city}`);
  const rule: BatchRule = { maxRows: ROWS_PER_BATCH, byTime: Number.isFinite(speed) };
  const file = await openReadingFile(path);
  const summary = await inspectFile(file);
  const tally = createSendTally();
  await using client = createIsothermClient({ ...options.connection, producerId: file.sha256 });
  const startMs = nowMs();
  const plan = await planSend(
    client,
    { sha256: file.sha256, summary },
    { namespace, rule, cityIdOf, nowMs: startMs, signal },
  );
  const stream = client.openStream({ session: plan.session, maxInFlight: 1, returnTokens: true, signal });
  let interrupted = false;
  let firstMs: number | undefined;
  try {
    for await (const batch of batchesOfFile(file.blocks(), rule, (bad) => tally.bad(bad))) {
      firstMs ??= batch.toMs;
      const dueMs = startMs + (batch.toMs - firstMs) / speed;
      if (dueMs > nowMs()) await sleep(dueMs - nowMs(), undefined, { signal });
      await sendBatch(stream, rename(batch, cityIdOf), plan, tally);
      options.onProgress?.({
        settled: tally.settled,
        rejected: tally.rejected,
        readings: summary.readings,
        positionMs: batch.toMs,
      });
    }
    await stream.close();
  } catch (error) {
    if (!signal.aborted) throw error;
    interrupted = true;
  }
  return {
    ...tally.report(),
    file: path,
    producerId: file.sha256,
    readings: summary.readings,
    cities: summary.cities.size,
    seconds: (nowMs() - startMs) / 1000,
    interrupted,
    cityIds: [...summary.cities.keys()].map(cityIdOf),
    readToken: tally.readToken,
  };
}

async function sendBatch(stream: ObservationStream, batch: FileBatch, plan: SendPlan, tally: SendTally): Promise<void> {
  const rest = plan.kind === 'sameBatches' ? batch : missingOf(batch, plan, tally);
  if (rest.observations.length === 0) return;
  const { result } = await stream.write(rest.observations);
  tally.answered(rest, await result);
}

function missingOf(batch: FileBatch, plan: Extract<SendPlan, { kind: 'onlyMissing' }>, tally: SendTally): FileBatch {
  const kept = [...batch.observations.keys()].filter((row) => {
    const observation = batch.observations[row]!;
    return !plan.stored.take(observation, Number(observation.observeTime));
  });
  tally.skipped(batch.observations.length - kept.length);
  return {
    ...batch,
    observations: kept.map((row) => batch.observations[row]!),
    lines: kept.map((row) => batch.lines[row]!),
  };
}

function rename(batch: FileBatch, cityIdOf: (city: string) => string): FileBatch {
  return { ...batch, observations: batch.observations.map((row) => ({ ...row, cityId: cityIdOf(row.cityId) })) };
}
