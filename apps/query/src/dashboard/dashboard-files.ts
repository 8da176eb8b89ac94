import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import sirv from 'sirv';
import type { HttpRequest, HttpResponse } from '../http/node-http.ts';
import { SAFE_HEADERS, sendBody } from '../http/responses.ts';

/** The dashboard needs nothing from elsewhere. Inline styles are for positions it computes. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Names with a content hash, as Vite writes them: `main-D3b0x9Qf.js`. They never change. */
const HASHED = /-[\w-]{8,}\.[a-z0-9]+$/;

/** A segment that begins with a dot, or a character that no name has. */
const HIDDEN = /(^|[/\\])\.|%00|\0/;

/** Serves the dashboard's build from a directory; what is not a file there is answered by index.html where a page was asked for. */
export interface DashboardFiles {
  /** @returns false if there is no such file: somebody else has to answer. */
  serve(request: HttpRequest, response: HttpResponse, path: string): boolean;
}

/** Creates the file server. Without a directory, or before the first build, `/` explains how to make one. */
export function createDashboardFiles(directory: string | undefined): DashboardFiles {
  // `dev`: files are looked up at each request, so that a build made while the server runs is served whole.
  const files =
    directory === undefined
      ? undefined
      : sirv(directory, { dev: true, etag: true, gzip: true, brotli: true, extensions: [], setHeaders });

  /** Answers with the file of that path, if there is one. */
  function send(request: HttpRequest, response: HttpResponse, path: string): boolean {
    if (files === undefined || HIDDEN.test(path) || !isDecodable(path)) return false;
    const { url } = request;
    let found = true;
    request.url = path;
    files(request as never, response as never, () => {
      found = false;
    });
    if (url !== undefined) request.url = url;
    return found;
  }

  return {
    serve(request, response, path) {
      if (send(request, response, path === '/' ? '/index.html' : path)) return true;
      const page = extname(path) === '' && (request.headers.accept ?? '').includes('text/html');
      if (page && send(request, response, '/index.html')) return true;
      if (path !== '/' || (directory !== undefined && existsSync(`${directory}/index.html`))) return false;
      sendBody(request, response, {
        status: 200,
        contentType: 'text/html; charset=utf-8',
        bytes: Buffer.from(NOT_BUILT),
        cacheControl: 'no-store',
        headers: { 'content-security-policy': CONTENT_SECURITY_POLICY },
      });
      return true;
    },
  };
}

function setHeaders(response: { setHeader(name: string, value: string): unknown }, path: string): void {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  if (HASHED.test(path)) response.setHeader('cache-control', 'public, max-age=31536000, immutable');
  if (extname(path) === '.html') response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
}

function isDecodable(path: string): boolean {
  try {
    return !HIDDEN.test(decodeURIComponent(path));
  } catch {
    return false;
  }
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Isotherm</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}code{background:#8882;padding:.1em .3em}</style>
</head><body><h1>Isotherm is running</h1>
<p>Its dashboard has not been built. Build it once and reload this page:</p>
<p><code>npm run build -w apps/dashboard</code></p>
<p>The API is there already: <a href="/v1/current/Berlin">/v1/current/Berlin</a>, <a href="/v1/cities?q=par">/v1/cities?q=par</a>, <a href="/v1/status">/v1/status</a>.</p>
</body></html>
`;
