import { createHash, timingSafeEqual } from 'node:crypto';
import { permissionMissing, tokenMissing, tokenUnknown } from './access-errors.ts';
import type { TokenHolder } from './permission.ts';
import type { AskedPermission } from './permission-of.ts';

const BEARER = /^Bearer +(\S+) *$/i;

/** SHA-256 of a token. */
export function tokenDigest(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/**
 * The holder of the token in an `authorization` header, if they may do it. The token's digest is compared with every
 * known one, each in constant time, so that the time taken says nothing about which came close.
 *
 * @throws IsothermError TOKEN_MISSING, TOKEN_UNKNOWN, PERMISSION_MISSING; never with the token in it
 */
export function authorize<T extends TokenHolder>(
  holders: readonly T[],
  authorization: string | undefined,
  asked: AskedPermission,
): T {
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
  if (!found.may.some((each) => each === asked)) throw permissionMissing(found.name, asked);
  return found;
}
