import type { MinuteRows } from '../minute-rows.ts';

/** A stored minute row, out of its columns. */
export interface StoredRow {
  readonly version: number;
  readonly count: number;
  readonly risk: number;
  readonly quality: number;
  readonly metrics: Readonly<Record<'heatIndex' | 'temperature' | 'humidity' | 'wind', StoredMetric>>;
  readonly rolling: Readonly<Record<'rolling5m' | 'rolling1h' | 'rolling24h', StoredRolling>>;
}

interface StoredMetric {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

interface StoredRolling {
  readonly heatIndexCount: number;
  readonly heatIndexSum: number;
  readonly temperatureCount: number;
  readonly temperatureSum: number;
}

/** Keeps rows as a ReplacingMergeTree does: of two with the same key the greater version stays, of two equal ones the later. */
export class RowStore {
  readonly rows = new Map<string, StoredRow>();

  write(batch: MinuteRows): void {
    for (let at = 0; at < batch.rowCount; at++) {
      const key = `${batch.cityIds[batch.city[at]!]}@${batch.minute[at]}`;
      if ((this.rows.get(key)?.version ?? -1) > batch.appliedOffset) continue;
      this.rows.set(key, rowAt(batch, at));
    }
  }
}

function rowAt(batch: MinuteRows, at: number): StoredRow {
  const metric = (name: 'heatIndex' | 'temperature' | 'humidity' | 'wind') => ({
    count: batch[name].count[at]!,
    sum: batch[name].sum[at]!,
    min: batch[name].min[at]!,
    max: batch[name].max[at]!,
  });
  const rolling = (name: 'rolling5m' | 'rolling1h' | 'rolling24h') => ({
    heatIndexCount: batch[name].heatIndexCount[at]!,
    heatIndexSum: batch[name].heatIndexSum[at]!,
    temperatureCount: batch[name].temperatureCount[at]!,
    temperatureSum: batch[name].temperatureSum[at]!,
  });
  return {
    version: batch.appliedOffset,
    count: batch.count[at]!,
    risk: batch.risk[at]!,
    quality: batch.quality[at]!,
    metrics: {
      heatIndex: metric('heatIndex'),
      temperature: metric('temperature'),
      humidity: metric('humidity'),
      wind: metric('wind'),
    },
    rolling: { rolling5m: rolling('rolling5m'), rolling1h: rolling('rolling1h'), rolling24h: rolling('rolling24h') },
  };
}
