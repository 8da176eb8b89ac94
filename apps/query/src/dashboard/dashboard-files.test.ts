import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startTestPlatform } from '../testing/test-platform.ts';

const parent = await mkdtemp(join(tmpdir(), 'isotherm-query-'));
const directory = join(parent, 'dist');
await mkdir(join(directory, 'assets'), { recursive: true });
await writeFile(join(parent, 'secret.txt'), 'secret');
await writeFile(join(directory, 'index.html'), '<!doctype html><title>Map</title>');
await writeFile(join(directory, '.hidden'), 'hidden');
await writeFile(join(directory, 'assets/main-D3b0x9Qf.js'), 'plain');
await writeFile(join(directory, 'assets/main-D3b0x9Qf.js.br'), 'brotli');
await writeFile(join(directory, 'assets/main-D3b0x9Qf.js.gz'), 'gzip');
await writeFile(join(directory, 'icon.svg'), '<svg/>');
const platform = await startTestPlatform({ dashboardDirectory: directory });
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await rm(parent, { recursive: true });
});

/** A request as it is written: fetch would tidy paths and decompress bodies. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(platform.url);
    const request = httpRequest({ hostname, port, path, headers, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', reject).end();
  });
}

describe('The dashboard', () => {
  it('is served at / with a strict policy, to be asked for every time', async () => {
    const page = await get('/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>Map</title>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html;charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    const again = await get('/', { 'if-none-match': String(page.headers['etag']) });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('sends hashed assets compressed beforehand, to be kept for ever', async () => {
    const path = '/assets/main-D3b0x9Qf.js';
    const bodies = await Promise.all(
      ['gzip, deflate, br', 'gzip', 'identity'].map(
        async (accepted) => (await get(path, { 'accept-encoding': accepted })).body,
      ),
    );
    expect(bodies).toEqual(['brotli', 'gzip', 'plain']);
    const { headers } = await get(path, { 'accept-encoding': 'br' });
    expect(headers).toMatchObject({
      'content-type': 'text/javascript',
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    });
    expect((await get('/icon.svg')).headers['cache-control']).toBe('no-cache');
    expect(await get('/icon.svg', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('answers pages of its own by index.html, and files that are not there by 404', async () => {
    expect((await get('/city/2950159', { accept: 'text/html,*/*' })).body).toContain('Map');
    expect((await get('/city/2950159')).status).toBe(404);
    expect((await get('/assets/gone-D3b0x9Qf.js', { accept: 'text/html' })).status).toBe(404);
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/.hidden',
    '/assets',
    '/assets/',
    '/%00',
    '/%',
    '//etc/passwd',
  ])('keeps to its directory: %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toMatch(/^(secret|hidden)/);
  });
});

describe('Without a build', () => {
  it('/ says how to make one', async () => {
    await using bare = await startTestPlatform({ dashboardDirectory: join(parent, 'nowhere') });
    const response = await fetch(bare.url);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('npm run build -w apps/dashboard');
  });
});
