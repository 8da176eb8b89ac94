import type { LogWriter } from '@isotherm/log';
import { partitionOf } from '@isotherm/placement';
import { encodeObservations } from '@isotherm/records';

/** A producer that appends all the time, and knows what each city must have counted. */
export interface Load {
  /** Observations acked, by city. */
  readonly acked: ReadonlyMap<string, number>;
  /** Resolves once so many more batches are acked. */
  more(batches: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one: batches of one observation of a city, city after city, each sent twice now and then under its sequence. */
export function startLoad(
  log: LogWriter,
  options: { readonly cityIds: readonly string[]; readonly partitionCount: number; readonly now: () => number },
): Load {
  const { cityIds, partitionCount, now } = options;
  const acked = new Map<string, number>();
  let batches = 0;
  let stopped = false;

  async function run(): Promise<void> {
    for (let sequence = 1; !stopped; sequence++) {
      const group = cityIds.map((cityId) => {
        const producer = { id: cityId, session: 1n, sequence, createdAtMs: now() };
        const rows = [{ cityId, observedMs: now(), temperature: sequence % 40, humidity: 50 }];
        const bytes = encodeObservations({ slices: [{ producer, rows }] });
        return { partition: partitionOf(cityId, partitionCount), bytes, weight: 1 };
      });
      await log.append(group);
      if (sequence % 5 === 0) await log.append(group);
      for (const cityId of cityIds) acked.set(cityId, (acked.get(cityId) ?? 0) + 1);
      batches += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  const running = run();
  return {
    acked,
    async more(count) {
      const wanted = batches + count;
      while (batches < wanted) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}
