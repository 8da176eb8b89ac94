import { IsothermError } from '../isotherm-error.ts';
import { tokenDigest } from './authorize.ts';
import { PERMISSIONS, type Permission, type TokenHolder } from './permission.ts';

/** Limits of one tenant, over all its connections. 0 is no limit. */
export interface TenantLimits {
  /** Observations a second. Default 200,000 where there are tokens, otherwise 0. */
  readonly maxObservationsPerSecond: number;
  /** Bytes of messages a second. Default 16 MiB where there are tokens, otherwise 0. */
  readonly maxBytesPerSecond: number;
  /** How much may come at once after a pause, in seconds of the two rates. Default 5. */
  readonly burstSeconds: number;
  /**
   * Bytes of observations that are not durable yet, about. Default half of `maxPendingBytes` where there are tokens, so
   * that nobody fills it alone; otherwise 0.
   */
  readonly maxBytesInFlight: number;
  /** Open streams. Default 1,000. */
  readonly maxStreams: number;
  /** Cities that it may be the first to send, as one ingest process has seen it. Default 100,000 where there are tokens, otherwise 0. */
  readonly maxCities: number;
}

/** Limits of one connection: one TCP connection, known by the address and port it comes from. 0 is no limit. */
export interface ConnectionLimits {
  /** Open streams. Default 100. */
  readonly maxStreamsPerConnection: number;
  /** Bytes of messages a second, with a burst of 5 s. Default 0. */
  readonly maxBytesPerSecondPerConnection: number;
}

/** One caller: what it may do, and how much of it. */
export interface TenantOptions {
  /** 1 to 64 letters, digits, `-`, `_` or `.`; appears in metrics. */
  readonly name: string;
  /** Bearer tokens, each at least 16 characters. */
  readonly tokens?: readonly string[];
  /** The same as SHA-256 in 64 hexadecimal digits, so that no secret has to be written down. */
  readonly tokenSha256?: readonly string[];
  /** What its tokens may do. Default `ingest` and `read`. */
  readonly may?: readonly Permission[];
  /** What differs from `limits` of all. */
  readonly limits?: Partial<TenantLimits>;
}

/** Who may call, and how much they may send. */
export interface TenantsOptions {
  /** Limits of every tenant that names none of its own. */
  readonly limits?: Partial<TenantLimits>;
  readonly connection?: Partial<ConnectionLimits>;
  /** Default none: everybody is the tenant `anonymous`, no token is asked for. */
  readonly tenants?: readonly TenantOptions[];
}

/** A tenant with every default filled in; `anonymous` has no tokens. */
export interface ResolvedTenant extends TokenHolder {
  readonly limits: TenantLimits;
}

/** The same with every default filled in. */
export interface ResolvedTenants {
  /** Whether callers have to show a token. */
  readonly tokens: boolean;
  /** At least one. */
  readonly tenants: readonly ResolvedTenant[];
  readonly connection: ConnectionLimits;
  /** Limits of tenants that name none of their own. */
  readonly sharedLimits: TenantLimits;
}

/** Tenant of all callers where there are no tokens. */
export const ANONYMOUS = 'anonymous';

/** Who could send before permissions were named could read, too; what changes things is given by name alone. */
const DEFAULT_MAY: readonly Permission[] = ['ingest', 'read'];

/** Every token is compared with the one presented. */
const MAX_TOKENS = 1_000;
const MIN_TOKEN_CHARACTERS = 16;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** What can stand behind `Bearer` in a header. */
const VISIBLE = /^[\x21-\x7e]*$/;
const SHA256_HEX = /^[0-9a-f]{64}$/i;

/**
 * Fills in the defaults.
 *
 * @param maxPendingBytes what ingest holds at most: a tenant's default share is half of it. Where nobody sends, 0.
 * @throws IsothermError TENANTS_INVALID naming field, value and rule; never a token.
 */
export function resolveTenants(options: TenantsOptions, maxPendingBytes = 0): ResolvedTenants {
  const { tenants = [] } = options;
  const tokens = tenants.length > 0;
  const shared = resolveLimits('limits', options.limits, {
    maxObservationsPerSecond: tokens ? 200_000 : 0,
    maxBytesPerSecond: tokens ? 16 * 1024 * 1024 : 0,
    burstSeconds: 5,
    maxBytesInFlight: tokens ? Math.floor(maxPendingBytes / 2) : 0,
    maxStreams: 1_000,
    maxCities: tokens ? 100_000 : 0,
  });
  const connection: ConnectionLimits = {
    maxStreamsPerConnection: 100,
    maxBytesPerSecondPerConnection: 0,
    ...options.connection,
  };
  for (const [name, value] of Object.entries(connection)) checkLimit(`connection.${name}`, value);
  const resolved = tenants.map((tenant, index) => resolveTenant(tenant, `tenants[${index}]`, shared));
  checkDistinct(resolved);
  return {
    tokens,
    tenants: tokens ? resolved : [{ name: ANONYMOUS, tokenDigests: [], may: PERMISSIONS, limits: shared }],
    connection,
    sharedLimits: shared,
  };
}

function resolveTenant(tenant: TenantOptions, field: string, shared: TenantLimits): ResolvedTenant {
  const { name, tokens = [], tokenSha256 = [], may = DEFAULT_MAY } = tenant;
  if (!NAME.test(name)) {
    throw invalid(`${field}.name`, JSON.stringify(name), 'must be 1 to 64 letters, digits, -, _ or .');
  }
  for (const [index, token] of tokens.entries()) {
    if (token.length < MIN_TOKEN_CHARACTERS) {
      throw invalid(
        `${field}.tokens[${index}]`,
        `of ${token.length} characters`,
        `must have at least ${MIN_TOKEN_CHARACTERS}`,
      );
    }
  }
  for (const [index, token] of tokens.entries()) {
    if (!VISIBLE.test(token)) {
      throw invalid(`${field}.tokens[${index}]`, `of ${token.length} characters`, 'must be ASCII without blanks');
    }
  }
  for (const [index, digest] of tokenSha256.entries()) {
    if (!SHA256_HEX.test(digest)) {
      throw invalid(
        `${field}.tokenSha256[${index}]`,
        `of ${digest.length} characters`,
        'must be 64 hexadecimal digits',
      );
    }
  }
  if (tokens.length + tokenSha256.length === 0) {
    throw invalid(`${field}.tokens`, '[]', 'must hold a token, or tokenSha256 the SHA-256 of one');
  }
  if (may.length === 0) throw invalid(`${field}.may`, '[]', 'must hold a permission; remove the tenant to lock it out');
  for (const [index, permission] of may.entries()) {
    if (PERMISSIONS.includes(permission)) continue;
    throw invalid(`${field}.may[${index}]`, JSON.stringify(permission), `must be one of ${PERMISSIONS.join(', ')}`);
  }
  return {
    name,
    may,
    tokenDigests: [...tokens.map(tokenDigest), ...tokenSha256.map((digest) => Buffer.from(digest, 'hex'))],
    limits: resolveLimits(`${field}.limits`, tenant.limits, shared),
  };
}

function resolveLimits(field: string, given: Partial<TenantLimits> | undefined, fallback: TenantLimits): TenantLimits {
  const limits = { ...fallback, ...given };
  for (const [name, value] of Object.entries(limits)) checkLimit(`${field}.${name}`, value);
  if (limits.burstSeconds === 0) throw invalid(`${field}.burstSeconds`, '0', 'must be more than 0');
  return limits;
}

function checkLimit(field: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return;
  throw invalid(field, JSON.stringify(value) ?? String(value), 'must be a number from 0 on; 0 is no limit');
}

function checkDistinct(tenants: readonly ResolvedTenant[]): void {
  const names = new Set<string>();
  const digests = new Map<string, string>();
  for (const [index, { name, tokenDigests }] of tenants.entries()) {
    if (names.has(name)) throw invalid(`tenants[${index}].name`, JSON.stringify(name), 'is there twice');
    names.add(name);
    for (const digest of tokenDigests) {
      const key = Buffer.from(digest).toString('hex');
      const other = digests.get(key);
      if (other !== undefined) {
        throw invalid(`tenants[${index}].tokens`, `of ${name}`, `holds a token that ${other} has too`);
      }
      digests.set(key, name);
    }
  }
  if (digests.size > MAX_TOKENS) throw invalid('tenants', `with ${digests.size} tokens`, `may have ${MAX_TOKENS}`);
}

function invalid(field: string, value: string, rule: string): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'TENANTS_INVALID',
    message: `The tenants cannot be used: ${field} ${value} ${rule}.`,
    advice: 'docs/operating/limits.md lists every field.',
    metadata: { field },
  });
}
