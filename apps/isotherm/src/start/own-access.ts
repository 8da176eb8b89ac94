import { randomBytes } from 'node:crypto';
import { createSelfSigned, type ServerTls, type TenantsOptions, tokenDigest } from '@isotherm/service-kit';

/** Tenant of the platform's own calls. */
const OWN_NAME = 'isotherm';

/** How the platform's own calls get into ingest, made anew at every start. */
export interface OwnAccess {
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
export function withOwnAccess(options: { readonly tenants: TenantsOptions; readonly tls: ServerTls | undefined }): {
  readonly tenants: TenantsOptions;
  readonly own: OwnAccess;
} {
  const { tenants } = options;
  const tls = options.tls === undefined ? undefined : ownTls();
  if (tenants.tenants === undefined || tenants.tenants.length === 0) return { tenants, own: { token: undefined, tls } };
  const token = randomBytes(32).toString('base64url');
  const tenant = {
    name: OWN_NAME,
    tokenSha256: [tokenDigest(token).toString('hex')],
    may: ['ingest', 'operate'] as const,
    limits: { maxObservationsPerSecond: 0, maxBytesPerSecond: 0 },
  };
  return { tenants: { ...tenants, tenants: [...tenants.tenants, tenant] }, own: { token, tls } };
}

function ownTls(): Required<ServerTls> {
  const { certificate, key } = createSelfSigned(OWN_NAME);
  return { certificate, key, clientAuthority: certificate };
}
