import type { MetricColumns, MinuteRows, RollingColumns } from './minute-rows.ts';

type Column = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Columns of one metric; writable, with room to spare. */
export interface MetricBuffer {
  count: Uint32Array<ArrayBuffer>;
  sum: Float64Array<ArrayBuffer>;
  min: Int32Array<ArrayBuffer>;
  max: Int32Array<ArrayBuffer>;
}

/** Columns of one rolling window; writable, with room to spare. */
export interface RollingBuffer {
  heatIndexCount: Uint32Array<ArrayBuffer>;
  heatIndexSum: Float64Array<ArrayBuffer>;
  temperatureCount: Uint32Array<ArrayBuffer>;
  temperatureSum: Float64Array<ArrayBuffer>;
}

/** Minute rows under construction or waiting: columns that grow. */
export class RowColumns {
  count = 0;
  slot = new Uint32Array(0);
  minute = new Uint32Array(0);
  observations = new Uint32Array(0);
  /** Observations of the pane that were in a row stored before. */
  storedBefore = new Float64Array(0);
  risk = new Uint8Array(0);
  quality = new Uint8Array(0);
  readonly heatIndex = emptyMetric();
  readonly temperature = emptyMetric();
  readonly humidity = emptyMetric();
  readonly wind = emptyMetric();
  readonly rolling5m = emptyRolling();
  readonly rolling1h = emptyRolling();
  readonly rolling24h = emptyRolling();

  get capacity(): number {
    return this.slot.length;
  }

  /** Every column, in the order segments hold them. */
  columns(): Column[] {
    const { heatIndex, temperature, humidity, wind, rolling5m, rolling1h, rolling24h } = this;
    return [
      this.slot,
      this.minute,
      this.observations,
      this.storedBefore,
      this.risk,
      this.quality,
      ...[heatIndex, temperature, humidity, wind].flatMap((m) => [m.count, m.sum, m.min, m.max]),
      ...[rolling5m, rolling1h, rolling24h].flatMap((r) => [
        r.heatIndexCount,
        r.heatIndexSum,
        r.temperatureCount,
        r.temperatureSum,
      ]),
    ];
  }

  /** Makes room for so many rows in all. */
  reserve(rows: number): void {
    if (rows <= this.capacity) return;
    const size = Math.max(rows, 256, this.capacity * 2);
    const before = this.columns();
    this.#allocate(size);
    this.columns().forEach((column, i) => {
      column.set(before[i]!.subarray(0, this.count));
    });
  }

  /** Appends rows [from, to) of others. */
  append(other: RowColumns, from: number, to: number): void {
    if (from === to) return;
    this.reserve(this.count + to - from);
    const source = other.columns();
    this.columns().forEach((column, i) => {
      column.set(source[i]!.subarray(from, to), this.count);
    });
    this.count += to - from;
  }

  /** Drops the first rows. */
  dropFirst(rows: number): void {
    if (rows === 0) return;
    for (const column of this.columns()) column.copyWithin(0, rows, this.count);
    this.count -= rows;
  }

  /** Drops the rows at these places. */
  drop(places: ReadonlySet<number>): void {
    if (places.size === 0) return;
    let kept = 0;
    const columns = this.columns();
    for (let at = 0; at < this.count; at++) {
      if (places.has(at)) continue;
      if (kept !== at) for (const column of columns) column[kept] = column[at]!;
      kept++;
    }
    this.count = kept;
  }

  /** The rows as their readers know them: views, valid until the columns change. */
  view(partition: number, appliedOffset: number, cityIds: readonly string[]): MinuteRows {
    const n = this.count;
    return {
      partition,
      appliedOffset,
      rowCount: n,
      city: this.slot.subarray(0, n),
      cityIds,
      minute: this.minute.subarray(0, n),
      count: this.observations.subarray(0, n),
      heatIndex: viewMetric(this.heatIndex, n),
      temperature: viewMetric(this.temperature, n),
      humidity: viewMetric(this.humidity, n),
      wind: viewMetric(this.wind, n),
      risk: this.risk.subarray(0, n),
      quality: this.quality.subarray(0, n),
      rolling5m: viewRolling(this.rolling5m, n),
      rolling1h: viewRolling(this.rolling1h, n),
      rolling24h: viewRolling(this.rolling24h, n),
    };
  }

  #allocate(size: number): void {
    this.slot = new Uint32Array(size);
    this.minute = new Uint32Array(size);
    this.observations = new Uint32Array(size);
    this.storedBefore = new Float64Array(size);
    this.risk = new Uint8Array(size);
    this.quality = new Uint8Array(size);
    for (const metric of [this.heatIndex, this.temperature, this.humidity, this.wind]) {
      metric.count = new Uint32Array(size);
      metric.sum = new Float64Array(size);
      metric.min = new Int32Array(size);
      metric.max = new Int32Array(size);
    }
    for (const window of [this.rolling5m, this.rolling1h, this.rolling24h]) {
      window.heatIndexCount = new Uint32Array(size);
      window.heatIndexSum = new Float64Array(size);
      window.temperatureCount = new Uint32Array(size);
      window.temperatureSum = new Float64Array(size);
    }
  }
}

function emptyMetric(): MetricBuffer {
  return { count: new Uint32Array(0), sum: new Float64Array(0), min: new Int32Array(0), max: new Int32Array(0) };
}

function emptyRolling(): RollingBuffer {
  return {
    heatIndexCount: new Uint32Array(0),
    heatIndexSum: new Float64Array(0),
    temperatureCount: new Uint32Array(0),
    temperatureSum: new Float64Array(0),
  };
}

function viewMetric(metric: MetricBuffer, n: number): MetricColumns {
  const { count, sum, min, max } = metric;
  return { count: count.subarray(0, n), sum: sum.subarray(0, n), min: min.subarray(0, n), max: max.subarray(0, n) };
}

function viewRolling(window: RollingBuffer, n: number): RollingColumns {
  return {
    heatIndexCount: window.heatIndexCount.subarray(0, n),
    heatIndexSum: window.heatIndexSum.subarray(0, n),
    temperatureCount: window.temperatureCount.subarray(0, n),
    temperatureSum: window.temperatureSum.subarray(0, n),
  };
}
