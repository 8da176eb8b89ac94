import { VERSION } from '../paths.ts';
import type { Platform } from './platform.ts';

/** How text is set off on a terminal. */
export interface TextStyle {
  bold(text: string): string;
  dim(text: string): string;
  accent(text: string): string;
}

/** What a person sees once everything runs. */
export function summary(platform: Platform, style: TextStyle): string {
  const { options, directory } = platform;
  const gigabytes = (options.diskCapBytes / 1e9).toLocaleString('en');
  const rows: readonly (readonly [string, string])[] = [
    ['Dashboard', style.accent(`${platform.apiUrl}/`)],
    ['API', `${platform.apiUrl}  ${style.dim('gRPC, Connect and JSON: /v1/current/berlin')}`],
    ['Ingest', `${platform.ingestAddress}  ${style.dim(options.tls === undefined ? 'gRPC' : 'gRPC over TLS')}`],
    ['Metrics', `http://${platform.metricsAddress}/metrics  ${style.dim('/livez /readyz')}`],
    ['Access', accessLine(platform)],
    ['Data', `${directory.root}  ${style.dim(`at most ${gigabytes} GB`)}`],
    [
      'Compute',
      `${options.shards} ${options.shards === 1 ? 'shard' : 'shards'}, ${options.partitions} partitions, heat index ${options.formula}`,
    ],
    [
      'Memory',
      `${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB now  ${style.dim('about 3.5 GB with 15,000 cities × 25 h')}`,
    ],
    ['Feed', feedLine(platform)],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${style.dim(label.padEnd(width))}  ${value}`);
  return [
    '',
    `  ${style.bold('Isotherm')} ${style.dim(VERSION)}`,
    '',
    ...lines,
    '',
    `  ${style.dim('Ctrl-C stops it; the next start goes on from here.')}`,
    '',
  ].join('\n');
}

function feedLine({ options, directory }: Platform): string {
  if (!options.feed) return 'off: send observations with `npx isotherm send samples/nyc3.csv.gz`';
  const cities = options.feedCities.toLocaleString('en');
  const hours = options.feedHistoryHours;
  const past = `the last ${hours === 1 ? 'hour' : `${hours} hours`} in a moment, then `;
  const start = `${directory.isNew && hours > 0 ? past : ''}live`;
  return `demo data for ${cities} cities: ${start}`;
}

function accessLine({ options }: Platform): string {
  const certificates = options.tls?.clientAuthority === undefined ? '' : 'clients with a certificate alone; ';
  if ((options.tenants.tenants ?? []).length > 0) return `${certificates}by token`;
  return `${certificates}no token: whoever reaches ${options.host} may send, read and operate`;
}
