import { randomBytes } from 'node:crypto';
import { createSelfSigned, type ServerTls, type TenantsOptions, tokenDigest } from '@isotherm/service-kit';

/** Tenant of the platform's internal calls. */
const INTERNAL_NAME = 'isotherm';

/** How the platform's internal calls get into ingest, made anew at every start. */
export interface InternalCredentials {
  /** Undefined where no token is asked for. */
  readonly token: string | undefined;
  /** What both sides of them show each other; undefined where ingest speaks plain text. */
  readonly tls: Required<ServerTls> | undefined;
}

/**
 * Adds the platform itself to the tenants: its demo feed and its replays come to ingest like anybody else's. Over TLS
 * they come by a second address with a certificate that only this process has: whatever certificate the platform was
 * given, it need not be one for loopback, nor one that a client may show.
 */
export function withInternalCredentials(options: {
  readonly tenants: TenantsOptions;
  readonly tls: ServerTls | undefined;
}): {
  readonly tenants: TenantsOptions;
  readonly internal: InternalCredentials;
} {
  const { tenants } = options;
  const tls = options.tls === undefined ? undefined : internalTls();
  if (tenants.tenants === undefined || tenants.tenants.length === 0)
    return { tenants, internal: { token: undefined, tls } };
  const token = randomBytes(32).toString('base64url');
  const tenant = {
    name: INTERNAL_NAME,
    tokenSha256: [tokenDigest(token).toString('hex')],
    may: ['ingest', 'operate'] as const,
    limits: { maxObservationsPerSecond: 0, maxBytesPerSecond: 0, maxCities: 0 },
  };
  return { tenants: { ...tenants, tenants: [...tenants.tenants, tenant] }, internal: { token, tls } };
}

function internalTls(): Required<ServerTls> {
  const { certificate, key } = createSelfSigned(INTERNAL_NAME);
  return { certificate, key, clientAuthority: certificate };
}
