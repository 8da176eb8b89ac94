import type { Runtime } from '@isotherm/runtime';
import type { ConnectionLimits } from '@isotherm/service-kit';
import { bucketOf } from './tenant-load.ts';
import type { TokenBucket } from './token-bucket.ts';

/** A connection and what it has under way. */
export interface ConnectionLoad {
  readonly bytes: TokenBucket;
  streams: number;
}

/** What connections have under way, by the address and port they come from. */
export interface ConnectionLoads {
  of(peer: string): ConnectionLoad;
  /** Connections that are remembered. */
  readonly size: number;
}

/** Seconds of its rate that a connection may send at once. */
const BURST_SECONDS = 5;

/** Connections remembered before idle ones are forgotten. */
const FIRST_SWEEP = 256;

/** Remembers nothing about a connection that has no stream and has sent nothing lately: it would begin the same way. */
export function createConnectionLoads(limits: ConnectionLimits, runtime: Runtime): ConnectionLoads {
  const loads = new Map<string, ConnectionLoad>();
  let sweepAt = FIRST_SWEEP;

  function sweep(): void {
    for (const [peer, load] of loads) if (load.streams === 0 && load.bytes.full) loads.delete(peer);
    sweepAt = Math.max(FIRST_SWEEP, 2 * loads.size);
  }

  return {
    of(peer) {
      const known = loads.get(peer);
      if (known !== undefined) return known;
      if (loads.size >= sweepAt) sweep();
      const load = { bytes: bucketOf(limits.maxBytesPerSecondPerConnection, BURST_SECONDS, runtime), streams: 0 };
      loads.set(peer, load);
      return load;
    },
    get size() {
      return loads.size;
    },
  };
}
