import { createHash } from 'node:crypto';
import { invalidRequest } from './validation.ts';

const CHECK_LENGTH = 8;

/**
 * Where the next page goes on, opaque to callers. `scope` names the query: a token taken to another one is refused. The
 * check guards against mistakes, not against forgery: a token grants nothing that the request does not.
 */
export function encodePageToken(scope: string, position: readonly number[]): string {
  const body = Buffer.from(JSON.stringify(position)).toString('base64url');
  return `${body}.${checkOf(scope, body)}`;
}

/** The position in a token. `kinds` says, entry by entry, what is acceptable. @throws REQUEST_INVALID for any other token. */
export function decodePageToken(
  scope: string,
  token: string,
  kinds: readonly ((value: number) => boolean)[],
): readonly number[] {
  const [body = '', check = ''] = token.split('.');
  if (check === checkOf(scope, body)) {
    const position = parsed(Buffer.from(body, 'base64url').toString('utf8'));
    if (
      Array.isArray(position) &&
      position.length === kinds.length &&
      position.every((value, i) => typeof value === 'number' && kinds[i]?.(value))
    ) {
      return position as number[];
    }
  }
  throw invalidRequest([
    { field: 'page_token', description: 'must be the next_page_token of a response to the same request, unchanged' },
  ]);
}

/** The check can be made by anybody: what it holds for need not be JSON. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function checkOf(scope: string, body: string): string {
  return createHash('sha256').update(`${scope}\n${body}`).digest('base64url').slice(0, CHECK_LENGTH);
}
