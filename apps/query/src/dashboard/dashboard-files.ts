import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { HttpRequest, HttpResponse } from '../http/node-http.ts';
import { matchesEtag, SAFE_HEADERS, sendBody } from '../http/responses.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** The dashboard needs nothing from elsewhere. Inline styles are for positions it computes. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Names with a content hash, as Vite writes them: `main-D3b0x9Qf.js`. They never change. */
const HASHED = /-[\w-]{8,}\.[a-z0-9]+$/;

const ENCODINGS = [
  { token: 'br', suffix: '.br' },
  { token: 'gzip', suffix: '.gz' },
] as const;

/** Serves the dashboard's build from a directory; what is not a file there is answered by index.html where a page was asked for. */
export interface DashboardFiles {
  /** @returns false if there is no such file: somebody else has to answer. */
  serve(request: HttpRequest, response: HttpResponse, path: string): Promise<boolean>;
}

/** Creates the file server. Without a directory, or before the first build, `/` explains how to make one. */
export function createDashboardFiles(directory: string | undefined): DashboardFiles {
  return {
    async serve(request, response, path) {
      if (directory !== undefined) {
        const file = path === '/' ? 'index.html' : safePath(path);
        if (file !== undefined && (await sendFile(request, response, { directory, file }))) return true;
        const page = extname(path) === '' && (request.headers.accept ?? '').includes('text/html');
        if (page && (await sendFile(request, response, { directory, file: 'index.html' }))) return true;
      }
      if (path !== '/') return false;
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

/** A path inside the directory; undefined for one that leaves it or names a hidden file. */
function safePath(path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  const file = normalize(decoded).replace(/^[/\\]+/, '');
  const parts = file.split(sep);
  return decoded.includes('\0') || parts.some((part) => part.startsWith('.')) ? undefined : file;
}

async function sendFile(
  request: HttpRequest,
  response: HttpResponse,
  options: { readonly directory: string; readonly file: string },
): Promise<boolean> {
  const { file } = options;
  const found = await variantOf(join(options.directory, file), request.headers['accept-encoding'] ?? '');
  if (found === undefined) return false;
  const etag = `"${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}${found.encoding === undefined ? '' : `-${found.encoding}`}"`;
  const headers = {
    ...SAFE_HEADERS,
    'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    vary: 'accept-encoding',
    ...(extname(file) === '.html' ? { 'content-security-policy': CONTENT_SECURITY_POLICY } : {}),
  };
  if (matchesEtag(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers);
    response.end();
    return true;
  }
  response.writeHead(200, {
    ...headers,
    'content-length': found.size,
    ...(found.encoding === undefined ? {} : { 'content-encoding': found.encoding }),
  });
  if (request.method === 'HEAD') {
    response.end();
    return true;
  }
  await pipeline(createReadStream(found.path), response as NodeJS.WritableStream).catch(() => response.destroy());
  return true;
}

/** The file, or its copy compressed beforehand that the client can read. */
async function variantOf(
  path: string,
  accepted: string,
): Promise<{ path: string; size: number; mtimeMs: number; encoding: string | undefined } | undefined> {
  const tokens = accepted.split(',').map((part) => part.trim().split(';', 1)[0]);
  for (const { token, suffix } of ENCODINGS) {
    if (!tokens.includes(token)) continue;
    const found = await fileAt(path + suffix);
    if (found !== undefined && (await fileAt(path)) !== undefined) return { ...found, encoding: token };
  }
  const plain = await fileAt(path);
  return plain === undefined ? undefined : { ...plain, encoding: undefined };
}

async function fileAt(path: string): Promise<{ path: string; size: number; mtimeMs: number } | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? { path, size: found.size, mtimeMs: found.mtimeMs } : undefined;
  } catch {
    return undefined;
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
