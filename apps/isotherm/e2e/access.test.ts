import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { createIsothermClient } from '@isotherm/client';
import { createSelfSigned } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { freshLedger, ledgerShowing } from './testing/ledger.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const STATION = 'token-of-the-weather-station';
const OPERATOR = 'token-of-the-operator';
const SENDER = 'token-that-only-sends';
const HOUR_MS = 3_600_000;

/** What a URL answers to somebody who trusts the platform's certificate. */
function get(url: string, ca: Buffer, token?: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    request(url, { ca, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

it('over TLS with tenants: each token does what it may, the platform itself gets in, and no token is written down', async () => {
  await using directory = await scratchDirectory();
  const file = async (name: string, content: Buffer | string) => {
    await writeFile(join(directory.path, name), content);
    return join(directory.path, name);
  };
  const { certificate, key } = createSelfSigned('platform');
  const ca = await file('cert.pem', certificate);
  const tenants = await file(
    'tenants.json',
    JSON.stringify({
      tenants: [
        { name: 'station', tokens: [STATION] },
        { name: 'operator', tokens: [OPERATOR], may: ['read', 'operate'] },
        { name: 'sender', tokens: [SENDER], may: ['ingest'] },
      ],
    }),
  );
  const config = await file('config.json', JSON.stringify({ 'tls-cert': ca, 'tls-key': await file('key.pem', key) }));
  await using platform = await startPlatformProcess({
    dataDirectory: join(directory.path, 'data'),
    flags: ['--tenants', tenants, '--config', config, '--chaos', '--log-level', 'debug'],
  });
  // The certificate has the name localhost.
  const apiUrl = platform.apiUrl.replace('127.0.0.1', 'localhost');
  const ingestUrl = `https://${platform.ingestAddress.replace('127.0.0.1', 'localhost')}`;
  expect(apiUrl).toMatch(/^https:/);
  const cli = (token: string, ...args: string[]) =>
    runCli(args, { ISOTHERM_API: apiUrl, ISOTHERM_TARGET: ingestUrl, ISOTHERM_CA: ca, ISOTHERM_TOKEN: token });

  const nowMs = Date.now();
  const csv = [
    'city,reading_at,temperature_c,humidity_pct,wind_speed_ms',
    `roof,${new Date(nowMs).toISOString()},21.5,,`,
  ];
  csv.push(`roof,${new Date(nowMs - 3 * HOUR_MS).toISOString()},11,,`);
  const readings = await file('readings.csv', `${csv.join('\n')}\n`);
  const sent = await cli(STATION, 'send', readings, '--json');
  expect(`${sent.stderr}${sent.code}`).toBe('0');
  await using operator = createIsothermClient({
    ingestUrl,
    apiUrl,
    token: OPERATOR,
    tls: { rootCertificates: certificate },
  });
  await ledgerShowing(operator, { observationsAcked: 2, observationsApplied: 1, observationsDead: 1 });

  const current = await cli(STATION, 'current', 'roof', '--json');
  expect(JSON.parse(current.stdout)).toMatchObject({ conditions: [{ temperature: 21.5 }] });
  for (const [token, args, sentence] of [
    ['', ['status'], 'asks for a token, and the call has none. Send `authorization: Bearer TOKEN`'],
    ['token-of-nobody-here', ['status'], 'belongs to no tenant'],
    [SENDER, ['status'], 'needs the permission read'],
    [STATION, ['dead-letters', 'replay', '--reason', 'LATE'], 'needs the permission operate'],
    [STATION, ['dead-letters', 'purge', '--reason', 'LATE', '--yes'], 'needs the permission operate'],
    [OPERATOR, ['send', readings], 'needs the permission ingest'],
  ] as const) {
    const refused = await cli(token, ...args);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(sentence);
  }
  const stranger = await runCli(['status', '--api', apiUrl, '--token', STATION]);
  expect(stranger.stderr).toContain('certificate that is not trusted');

  expect((await get(`${apiUrl}/v1/current/roof`, certificate)).status).toBe(401);
  expect((await get(`${apiUrl}/v1/current/roof`, certificate, SENDER)).status).toBe(403);
  expect(JSON.parse((await get(`${apiUrl}/v1/current/roof`, certificate, STATION)).body)).toMatchObject({
    temperature: 21.5,
  });
  expect((await get(`${apiUrl}/`, certificate)).status).not.toBe(401);
  await expect(fetch(apiUrl.replace('https:', 'http:'))).rejects.toThrow();
  expect((await fetch(`${platform.metricsUrl}/readyz`)).status).toBe(200);

  // A replay goes from the API into ingest, by its second address, which ingest has again after it was killed.
  const killed = await runCli(['chaos', '--kill', 'ingest', '--data', join(directory.path, 'data'), '--json']);
  expect(`${killed.stderr}${killed.code}`).toBe('0');
  const replayed = await cli(OPERATOR, 'dead-letters', 'replay', '--reason', 'LATE', '--json');
  expect(JSON.parse(replayed.stdout)).toMatchObject({ replayed: 1, counted: 1, failed: 0 });
  expect(await freshLedger(operator)).toMatchObject({ observationsApplied: 2 });

  await platform.end('SIGINT');
  for (const token of [STATION, OPERATOR, SENDER]) expect(platform.stdout + platform.stderr).not.toContain(token);
});

it.each([
  [['--tls-cert', 'gone.pem', '--tls-key', 'gone.pem'], 'gone.pem of --tls-cert cannot be read (ENOENT)'],
  [['--tls-key', 'key.pem'], '--tls-cert is missing'],
  [['--tls-cert', 'cert.pem', '--tls-key', 'other.pem'], 'holds the key of another certificate than the one in'],
])('does not start with %j, and says why', async (flags, sentence) => {
  await using directory = await scratchDirectory();
  const own = createSelfSigned('platform');
  await writeFile(join(directory.path, 'cert.pem'), own.certificate);
  await writeFile(join(directory.path, 'key.pem'), own.key);
  await writeFile(join(directory.path, 'other.pem'), createSelfSigned('other').key);
  const { code, stderr } = await runCli(['start', '--data-dir', 'data', ...flags], {}, directory.path);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/^\s+at /m);
});
