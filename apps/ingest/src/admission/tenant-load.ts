import type { Runtime } from '@isotherm/runtime';
import type { ResolvedTenant } from '@isotherm/service-kit';
import { BOTTOMLESS, createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** A tenant and what it has under way. */
export interface TenantLoad extends ResolvedTenant {
  readonly rows: TokenBucket;
  readonly bytes: TokenBucket;
  /** Bytes of observations that are not durable yet, about. */
  bytesInFlight: number;
  streams: number;
}

/** A tenant with nothing under way. */
export function createTenantLoad(tenant: ResolvedTenant, runtime: Runtime): TenantLoad {
  const { maxObservationsPerSecond, maxBytesPerSecond, burstSeconds } = tenant.limits;
  return {
    ...tenant,
    rows: bucketOf(maxObservationsPerSecond, burstSeconds, runtime),
    bytes: bucketOf(maxBytesPerSecond, burstSeconds, runtime),
    bytesInFlight: 0,
    streams: 0,
  };
}

/** A bucket of that rate; 0 holds nobody up. */
export function bucketOf(perSecond: number, burstSeconds: number, runtime: Runtime): TokenBucket {
  return perSecond === 0 ? BOTTOMLESS : createTokenBucket({ perSecond, burstSeconds }, () => runtime.monotonicMs());
}
