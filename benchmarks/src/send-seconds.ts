import type { IsothermClient, SentBatch } from '@isotherm/client';
import { writeReading } from './workload.ts';

/** What to send. */
export interface SendPlan {
  readonly cityIds: readonly string[];
  /** Time of the first second, ms since the epoch. */
  readonly startMs: number;
  /** Seconds of observations, one reading a city and second. */
  readonly seconds: number;
  /** Streams; a city stays on one. */
  readonly streams: number;
  /** Observations a message, at most. */
  readonly rowsPerMessage: number;
}

/** Sends one reading a city and second, as fast as acks allow. @returns observations acked. */
export async function sendSeconds(client: IsothermClient, plan: SendPlan): Promise<number> {
  const share = Math.ceil(plan.cityIds.length / plan.streams);
  const sent = await Promise.all(
    Array.from({ length: plan.streams }, (_, index) =>
      sendOn(client, plan, index * share, Math.min(plan.cityIds.length, (index + 1) * share)),
    ),
  );
  return sent.reduce((sum, count) => sum + count, 0);
}

async function sendOn(client: IsothermClient, plan: SendPlan, from: number, to: number): Promise<number> {
  const stream = client.openStream();
  const indices = Uint32Array.from({ length: to - from }, (_, i) => stream.cityIndex(plan.cityIds[from + i] ?? ''));
  const size = Math.min(plan.rowsPerMessage, to - from);
  const columns = { t: new Int32Array(size), h: new Int32Array(size), w: new Int32Array(size) };
  const zeros = new Uint32Array(size);
  let acked = 0;
  const count = async (batch: SentBatch) => {
    const result = await batch.result;
    if (result.rejected > 0)
      throw new Error(`${result.rejected} observations were rejected: ${JSON.stringify(result.rejections[0])}`);
    acked += result.accepted;
  };
  const counted: Promise<void>[] = [];
  for (let second = 0; second < plan.seconds; second++) {
    for (let start = from; start < to; start += size) {
      const rows = Math.min(size, to - start);
      for (let row = 0; row < rows; row++) writeReading(start + row, second, columns, row);
      const batch = await stream.write({
        cityIndex: indices.subarray(start - from, start - from + rows),
        baseUnixMs: plan.startMs + second * 1000,
        observedOffsetMs: zeros.subarray(0, rows),
        temperatureCelsius: { scale: 2, unscaled: columns.t.subarray(0, rows) },
        relativeHumidityPercent: { scale: 2, unscaled: columns.h.subarray(0, rows) },
        windSpeedMps: { scale: 2, unscaled: columns.w.subarray(0, rows) },
      });
      counted.push(count(batch));
    }
    if (counted.length > 1000) await Promise.all(counted.splice(0, 500));
  }
  await Promise.all(counted);
  await stream.close();
  return acked;
}
