import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponse } from './node-http.ts';

/** Sent with everything: nothing is sniffed, framed or handed to other origins. */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** What {@link sendBody} sends. */
export interface Body {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly cacheControl: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the same body will do next time: it gets a weak ETag, for it may be sent compressed, and may be answered 304. Default false. */
  readonly revalidates?: boolean;
}

/** Sends a whole body, or 304 where the client has it, or its head alone for HEAD. */
export function sendBody(request: HttpRequest, response: HttpResponse, body: Body): void {
  const etag = body.revalidates
    ? `W/"${createHash('sha256').update(body.bytes).digest('base64url').slice(0, 27)}"`
    : undefined;
  const headers = {
    ...SAFE_HEADERS,
    'content-type': body.contentType,
    'cache-control': body.cacheControl,
    ...(etag === undefined ? {} : { etag }),
    ...body.headers,
  };
  if (etag !== undefined && body.status === 200 && matchesEtag(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  response.writeHead(body.status, { ...headers, 'content-length': body.bytes.length });
  if (request.method === 'HEAD') response.end();
  else response.end(body.bytes);
}

/** Whether an If-None-Match header names the tag; weak or strong does not matter for it (RFC 9110, 13.1.2). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}

function opaque(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
