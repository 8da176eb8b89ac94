import type { PlatformStats } from '@isotherm/query';
import { readTenantsFile, readTlsFiles } from '@isotherm/service-kit';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { applyConfigFile } from './config-file.ts';
import { liveLine } from './live-line.ts';
import type { Platform } from './platform.ts';
import { createProcessEnd } from './process-end.ts';
import { resolveStartOptions, type StartOptions } from './start-options.ts';
import { summary, type TextStyle } from './summary.ts';

/** Adds `isotherm start`. */
export function addStartCommand(program: Command): void {
  const d = resolveStartOptions();
  program
    .command('start')
    .description(
      'run the whole platform on this machine: ingest, compute, ClickHouse engine, API, dashboard, demo feed',
    )
    .addOption(option('--host <address>', 'interface all ports listen on', d.host, 'ISOTHERM_HOST'))
    .addOption(
      option('--ingest-port <port>', 'gRPC ingest', d.ingestPort, 'ISOTHERM_INGEST_PORT').argParser(integer(0, 65535)),
    )
    .addOption(
      option('--api-port <port>', 'public API and dashboard', d.apiPort, 'ISOTHERM_API_PORT').argParser(
        integer(0, 65535),
      ),
    )
    .addOption(
      option('--metrics-port <port>', 'health and metrics', d.metricsPort, 'ISOTHERM_METRICS_PORT').argParser(
        integer(0, 65535),
      ),
    )
    .addOption(option('--data-dir <path>', 'where everything is kept', d.dataDirectory, 'ISOTHERM_DATA_DIR'))
    .addOption(
      option('--disk-cap <size>', 'disk it may take, as in 5GB', '5GB', 'ISOTHERM_DISK_CAP').argParser(bytes(100e6)),
    )
    .addOption(
      option('--disk-reserve <size>', 'free disk that ingest leaves', '256MB', 'ISOTHERM_DISK_RESERVE').argParser(
        bytes(0),
      ),
    )
    .addOption(
      option('--partitions <n>', 'partitions of a new log', d.partitions, 'ISOTHERM_PARTITIONS').argParser(
        integer(1, 4096),
      ),
    )
    .addOption(option('--shards <n>', 'compute threads', d.shards, 'ISOTHERM_SHARDS').argParser(integer(1, 64)))
    .addOption(
      option('--formula <name>', 'heat index formula', d.formula, 'ISOTHERM_FORMULA').choices(['NWS', 'ROTHFUSZ']),
    )
    .addOption(
      new Option(
        '--allowed-lateness <seconds>',
        'how long a minute can be corrected, up to 7200; of a new log (default: 3600)',
      )
        .env('ISOTHERM_ALLOWED_LATENESS')
        .argParser(integer(0, 7200)),
    )
    .addOption(new Option('--no-feed', 'no demo feed: nothing but what you send').env('ISOTHERM_NO_FEED'))
    .addOption(
      option('--feed-cities <n>', 'cities of the demo feed', d.feedCities, 'ISOTHERM_FEED_CITIES').argParser(
        integer(1, 34_006),
      ),
    )
    .addOption(
      option(
        '--feed-history <hours>',
        'past that the first start sends',
        d.feedHistoryHours,
        'ISOTHERM_FEED_HISTORY',
      ).argParser(integer(0, 25)),
    )
    .addOption(
      option('--feed-seed <n>', "seed of the demo feed's weather", d.feedSeed, 'ISOTHERM_FEED_SEED').argParser(
        integer(0, 2 ** 31),
      ),
    )
    .addOption(new Option('--no-raw', 'store minutes only, not every observation').env('ISOTHERM_NO_RAW'))
    .addOption(
      option(
        '--raw-retention <hours>',
        'how long every observation is kept',
        d.rawRetentionHours,
        'ISOTHERM_RAW_RETENTION',
      ).argParser(integer(1, 87_600)),
    )
    .addOption(
      option(
        '--checkpoint <seconds>',
        'time between checkpoints',
        d.checkpointSeconds,
        'ISOTHERM_CHECKPOINT',
      ).argParser(integer(1, 3600)),
    )
    .addOption(
      new Option('--chaos', "let this user's `isotherm chaos` kill workers of it, to see them come back").env(
        'ISOTHERM_CHAOS',
      ),
    )
    .addOption(
      option('--log-level <level>', 'log lines on standard error', d.logLevel, 'ISOTHERM_LOG_LEVEL').choices([
        'debug',
        'info',
        'warn',
        'error',
        'silent',
      ]),
    )
    .addOption(
      new Option('--otlp-endpoint <url>', 'OTLP/HTTP receiver of traces, as in http://127.0.0.1:4318').env(
        'ISOTHERM_OTLP_ENDPOINT',
      ),
    )
    .addOption(
      new Option('--tls-cert <file>', 'certificate (PEM) that ingest and API show; TLS instead of plain text').env(
        'ISOTHERM_TLS_CERT',
      ),
    )
    .addOption(new Option('--tls-key <file>', 'its private key (PEM)').env('ISOTHERM_TLS_KEY'))
    .addOption(
      new Option('--tls-client-ca <file>', 'authority (PEM): only clients with a certificate of it are let in').env(
        'ISOTHERM_TLS_CLIENT_CA',
      ),
    )
    .addOption(
      new Option('--tenants <file>', 'JSON file of who may do what and how much: tokens, permissions and limits').env(
        'ISOTHERM_TENANTS',
      ),
    )
    .addOption(
      new Option('--config <file>', 'JSON file of these settings, as in {"api-port": 9090}').env('ISOTHERM_CONFIG'),
    )
    .addHelpText(
      'after',
      '\nTLS, tokens and permissions: docs/operating/security.md. Limits of tenants: docs/operating/limits.md.',
    )
    .action((flags: { readonly config?: string }, command: Command) =>
      run(() => startOptionsOf(flags.config, command)),
    );
}

function option(flags: string, description: string, fallback: unknown, env: string): Option {
  return new Option(flags, description).default(fallback).env(env);
}

/** Files by the names of their flags. */
interface FileFlags {
  readonly tenants?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
}

/** What flags, environment and files say together. @throws IsothermError naming the file or the setting. */
export async function startOptionsOf(configFile: string | undefined, command: Command): Promise<StartOptions> {
  if (configFile !== undefined) applyConfigFile(command, configFile);
  const { tenants, tlsCert, tlsKey, tlsClientCa, ...flags } = command.opts<FileFlags>();
  const options = fromFlags(flags);
  const tls = readTlsFiles(
    {
      ...(tlsCert && { certificate: tlsCert }),
      ...(tlsKey && { key: tlsKey }),
      ...(tlsClientCa && { clientAuthority: tlsClientCa }),
    },
    { certificate: '--tls-cert', key: '--tls-key', clientAuthority: '--tls-client-ca' },
  );
  return tenants === undefined ? { ...options, tls } : { ...options, tls, tenants: readTenantsFile(tenants) };
}

function fromFlags(flags: Record<string, unknown>): StartOptions {
  const {
    config: _,
    dataDir,
    diskCap,
    diskReserve,
    feed,
    raw,
    feedHistory,
    rawRetention,
    checkpoint,
    allowedLateness,
    ...same
  } = flags;
  return resolveStartOptions({
    ...(same as Partial<StartOptions>),
    dataDirectory: dataDir as string,
    diskCapBytes: typeof diskCap === 'number' ? diskCap : bytes(100e6)(String(diskCap)),
    diskReserveBytes: typeof diskReserve === 'number' ? diskReserve : bytes(0)(String(diskReserve)),
    feed: feed as boolean,
    storeRaw: raw as boolean,
    feedHistoryHours: feedHistory as number,
    rawRetentionHours: rawRetention as number,
    checkpointSeconds: checkpoint as number,
    allowedLatenessSeconds: allowedLateness as number | undefined,
  });
}

async function run(readOptions: () => Promise<StartOptions>): Promise<void> {
  const terminal = process.stdout.isTTY === true;
  const say = (text: string) => process.stdout.write(text);
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const end = createProcessEnd();
  try {
    const options = await readOptions();
    end.watch(options.dataDirectory);
    // Loaded here, so that help and refused flags do not wait for it.
    const { startPlatform } = await import('./platform.ts');
    const platform = await startPlatform(options, {
      failed(error) {
        end.fail(error);
        stop();
      },
      progress: (what) => terminal && say(`\r\x1b[2K  Starting: ${what} …`),
    });
    if (terminal) say('\r\x1b[2K');
    say(`${summary(platform, terminal && process.env['NO_COLOR'] === undefined ? COLOURS : PLAIN)}\n`);
    const unsubscribe = showStats(platform, terminal, say);
    await new Promise<void>((resolve) => {
      if (stopped.signal.aborted) resolve();
      stopped.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    unsubscribe();
    if (terminal) say('\n');
    say('  Stopping …\n');
    end.limit(() => say('  Stopped in mid-work. Everything acked is kept; the next start goes on from it.\n'));
    await platform.close();
    if (!end.failed) say('  Stopped. Everything acked is kept.\n');
  } catch (error) {
    if (terminal) say('\r\x1b[2K');
    end.fail(error);
  }
  end.leave();
}

/** Shows the stats: in place on a terminal, as a plain line every ten seconds otherwise. */
function showStats(platform: Platform, terminal: boolean, say: (text: string) => void): () => void {
  let beats = 0;
  let before: PlatformStats | undefined;
  return platform.stats.subscribe((stats) => {
    const line = liveLine(stats, before);
    before = stats;
    if (terminal) {
      const columns = process.stdout.columns ?? 120;
      say(`\r\x1b[2K  ${line.slice(0, Math.max(20, columns - 3))}`);
    } else if (beats++ % 10 === 0) {
      say(`${new Date(stats.atMs).toISOString()} ${line}\n`);
    }
  });
}

const COLOURS: TextStyle = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  accent: (text) => `\x1b[36m${text}\x1b[39m`,
};

const PLAIN: TextStyle = { bold: (text) => text, dim: (text) => text, accent: (text) => text };

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

function bytes(least: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB|B)?$/i.exec(text);
    const units: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
    const value = Number(match?.[1]) * (units[(match?.[2] ?? 'B').toUpperCase()] ?? Number.NaN);
    if (Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`Give a size of at least ${least / 1e6}MB, as in 500MB or 5GB.`);
  };
}
