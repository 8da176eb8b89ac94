import type { WatchResponse } from '@isotherm/contracts/forecast/v1/forecast_service';

/** Reads a Watch as a client does: the newest temperature of every city, by id. */
export interface WatchReader extends AsyncDisposable {
  /** Hundredths of a degree. */
  readonly temperatures: ReadonlyMap<string, number>;
  readonly rows: number;
  /** Cities whose shard is away. */
  readonly unreachable: readonly string[];
  /** The error that ended the watch. */
  readonly error: unknown;
  /** Reads on in the background until stopped. */
  stop(): Promise<void>;
}

/** Starts reading. */
export function readWatch(open: (signal: AbortSignal) => AsyncIterable<WatchResponse>): WatchReader {
  const temperatures = new Map<string, number>();
  const names: string[] = [];
  const stopped = new AbortController();
  const reader = { rows: 0, unreachable: [] as readonly string[], error: undefined as unknown };
  const reading = (async () => {
    try {
      for await (const message of open(stopped.signal)) {
        const { live, reachability } = message;
        names.push(...(live?.citiesAdded ?? []));
        live?.cityIndex.forEach((city, row) => {
          temperatures.set(names[city] ?? '', live.temperatureCenticelsius[row] ?? Number.NaN);
          reader.rows += 1;
        });
        if (reachability !== undefined) {
          reader.unreachable = reachability.unreachableCityIndex.map((index) => names[index] ?? '');
        }
      }
    } catch (error) {
      if (!stopped.signal.aborted) reader.error = error;
    }
  })();
  const stop = () => {
    stopped.abort();
    return reading;
  };
  return {
    temperatures,
    get rows() {
      return reader.rows;
    },
    get unreachable() {
      return reader.unreachable;
    },
    get error() {
      return reader.error;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
