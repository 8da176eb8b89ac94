import { IsothermError, type ServerTls, type TokenHolder } from '@isotherm/service-kit';

/** Options of {@link startQuery}. */
export interface QueryOptions {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Port to listen on; 0 for any free one. Default 8080. */
  readonly port?: number;
  /** Default none: plain text. */
  readonly tls?: ServerTls;
  /** Who may call, by their tokens. Default everybody, without one. */
  readonly callers?: readonly TokenHolder[];
  /** Where the dashboard's build is. Default none: `/` says how to make one. */
  readonly dashboardDirectory?: string;
  /** Names besides loopback's that a Host header may carry while listening on loopback; `*` for any. Default none. */
  readonly allowedHosts?: readonly string[];
  /** Time a call may take where the caller names no deadline, and at most for JSON under /v1, in ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Calls answered at once, streams not counted; further ones are refused. Default 2,000. */
  readonly maxConcurrentCalls?: number;
  /** Analytical queries under way at once; further ones are refused. Default 64. */
  readonly maxAnalyticalQueries?: number;
  /** Open Watch streams; further ones are refused. Default 500. */
  readonly maxWatchers?: number;
  /** How long streams of shards stay open after the last watcher left, so that a reload finds them warm, in ms. Default 5,000. */
  readonly watchLingerMs?: number;
  /** Open connections; further ones are closed at once. Default 10,000. */
  readonly maxConnections?: number;
  /** Largest request message in bytes. Default 4 MiB. */
  readonly maxRequestBytes?: number;
  /** How long closing waits for calls under way, in ms. Default 3,000. */
  readonly drainMs?: number;
  /** Time from one look for dead letters that are due to the next, in ms. Default 5,000. */
  readonly deadLetterRetryMs?: number;
  /** Version of the software that GetStatus names. Default empty. */
  readonly version?: string;
  /** Identity of the log that GetStatus names, 16 hexadecimal digits. Default empty. */
  readonly incarnation?: string;
}

/** Options with every default filled in. */
export type ResolvedQueryOptions = Required<Omit<QueryOptions, Optional>> & Pick<QueryOptions, Optional>;

type Optional = 'dashboardDirectory' | 'tls' | 'callers';

/** Fills in the defaults. @throws INVALID_ARGUMENT for a number out of its range. */
export function resolveQueryOptions(options: QueryOptions): ResolvedQueryOptions {
  const resolved = {
    host: '127.0.0.1',
    port: 8080,
    allowedHosts: [],
    timeoutMs: 10_000,
    maxConcurrentCalls: 2000,
    maxAnalyticalQueries: 64,
    maxWatchers: 500,
    watchLingerMs: 5000,
    maxConnections: 10_000,
    maxRequestBytes: 4 * 1024 * 1024,
    drainMs: 3000,
    deadLetterRetryMs: 5000,
    version: '',
    incarnation: '',
    ...options,
  };
  within('port', resolved.port, { least: 0, most: 65_535 });
  within('timeoutMs', resolved.timeoutMs, { least: 1, most: 600_000 });
  within('maxRequestBytes', resolved.maxRequestBytes, { least: 1024, most: 64 * 1024 * 1024 });
  within('deadLetterRetryMs', resolved.deadLetterRetryMs, { least: 100, most: 3_600_000 });
  for (const name of ['maxConcurrentCalls', 'maxAnalyticalQueries', 'maxWatchers', 'maxConnections'] as const) {
    within(name, resolved[name], { least: 1, most: 1_000_000 });
  }
  for (const name of ['drainMs', 'watchLingerMs'] as const) within(name, resolved[name], { least: 0, most: 600_000 });
  return resolved;
}

function within(name: string, value: number, range: { readonly least: number; readonly most: number }): void {
  if (Number.isInteger(value) && value >= range.least && value <= range.most) return;
  throw new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'OPTION_INVALID',
    message: `${name} must be a whole number from ${range.least} to ${range.most}, not ${value}.`,
  });
}
