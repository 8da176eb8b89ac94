import { timingSafeEqual } from 'node:crypto';
import { tokenMissing, tokenUnknown } from './admission-errors.ts';
import { tokenDigest } from './tenants-options.ts';

/** Whose tokens are known, as SHA-256. */
export interface TokenHolder {
  readonly tokenDigests: readonly Buffer[];
}

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * The holder of the token in an `authorization` header. The token's digest is compared with every known one, each in
 * constant time, so that the time taken says nothing about which came close.
 *
 * @throws IsothermError TOKEN_MISSING, TOKEN_UNKNOWN
 */
export function findTenant<T extends TokenHolder>(holders: readonly T[], authorization: string | undefined): T {
  const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
  if (token === undefined) throw tokenMissing();
  const digest = tokenDigest(token);
  let found: T | undefined;
  for (const holder of holders) {
    for (const known of holder.tokenDigests) {
      if (timingSafeEqual(known, digest)) found = holder;
    }
  }
  if (found === undefined) throw tokenUnknown();
  return found;
}
