import { createHash, randomBytes } from 'node:crypto';
import type { TenantsOptions } from '@isotherm/ingest';

/** Tenant of the platform's own calls. */
const OWN_NAME = 'isotherm';

/** Who may send, the platform itself included. */
export interface TenantsWithOwn {
  readonly tenants: TenantsOptions;
  /** Token of the platform's own calls, made anew at every start; undefined where no token is asked for. */
  readonly ownToken: string | undefined;
}

/** Adds the platform itself to the tenants: its demo feed sends by the public port like anybody else. */
export function withOwnTenant(tenants: TenantsOptions): TenantsWithOwn {
  if (tenants.tenants === undefined || tenants.tenants.length === 0) return { tenants, ownToken: undefined };
  const ownToken = randomBytes(32).toString('base64url');
  const own = {
    name: OWN_NAME,
    tokenSha256: [createHash('sha256').update(ownToken).digest('hex')],
    limits: { maxObservationsPerSecond: 0, maxBytesPerSecond: 0 },
  };
  return { tenants: { ...tenants, tenants: [...tenants.tenants, own] }, ownToken };
}
