import { expect, it } from 'vitest';
import { runCli } from './testing/run-cli.ts';

it('names every command in the help', async () => {
  const { code, stdout } = await runCli(['--help']);
  expect(code).toBe(0);
  for (const command of ['start', 'feed', 'send', 'current', 'forecast', 'history', 'top', 'status']) {
    expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  }
});

it('lists every default of start, with the environment variable that changes it', async () => {
  const { code, stdout } = await runCli(['start', '--help']);
  const text = stdout.replace(/\s+/g, ' ');
  expect(code).toBe(0);
  for (const [flag, fallback, env] of [
    ['--host <address>', '"127.0.0.1"', 'ISOTHERM_HOST'],
    ['--ingest-port <port>', '50051', 'ISOTHERM_INGEST_PORT'],
    ['--api-port <port>', '8080', 'ISOTHERM_API_PORT'],
    ['--metrics-port <port>', '9464', 'ISOTHERM_METRICS_PORT'],
    ['--data-dir <path>', '".isotherm"', 'ISOTHERM_DATA_DIR'],
    ['--disk-cap <size>', '"5GB"', 'ISOTHERM_DISK_CAP'],
    ['--disk-reserve <size>', '"256MB"', 'ISOTHERM_DISK_RESERVE'],
    ['--partitions <n>', '64', 'ISOTHERM_PARTITIONS'],
    ['--shards <n>', '\\d', 'ISOTHERM_SHARDS'],
    ['--formula <name>', '"NWS"', 'ISOTHERM_FORMULA'],
    ['--feed-cities <n>', '15000', 'ISOTHERM_FEED_CITIES'],
    ['--feed-history <hours>', '25', 'ISOTHERM_FEED_HISTORY'],
    ['--feed-seed <n>', '1', 'ISOTHERM_FEED_SEED'],
    ['--raw-retention <hours>', '2', 'ISOTHERM_RAW_RETENTION'],
    ['--checkpoint <seconds>', '10', 'ISOTHERM_CHECKPOINT'],
    ['--log-level <level>', '"warn"', 'ISOTHERM_LOG_LEVEL'],
  ] as const) {
    expect(text).toMatch(new RegExp(`${flag} [^(]*\\([^)]*default: ${fallback}, env: ${env}\\)`));
  }
  for (const flag of [
    '--no-feed',
    '--no-raw',
    '--otlp-endpoint <url>',
    '--config <file>',
    '--tls-cert <file>',
    '--tls-key <file>',
    '--tls-client-ca <file>',
    '--tenants <file>',
  ])
    expect(text).toContain(flag);
});
