import { parseArrayLiteral, unescaped } from './array-literal.ts';

/** A request in ClickHouse's HTTP interface, taken apart. Source: clickhouse.com/docs/interfaces/http. */
export interface HttpStatement {
  readonly query: string;
  /** Data of an INSERT that came beside the query. */
  readonly data: Buffer | undefined;
  readonly parameters: Readonly<Record<string, string | readonly (string | number)[]>>;
  /** Settings to apply to this statement alone. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

/** Names in the query string that are no settings, or concern the transport alone. */
const NOT_SETTINGS = new Set([
  'query',
  'query_id',
  'session_id',
  'session_check',
  'session_timeout',
  'user',
  'password',
  'role',
  'compress',
  'decompress',
  'enable_http_compression',
  'wait_end_of_query',
  'buffer_size',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'database',
  'default_format',
]);

/** Takes a request apart. With a query in the URL the body is data, otherwise the body is the query. */
export function toHttpStatement(url: URL, body: Buffer): HttpStatement {
  const fromUrl = url.searchParams.get('query') ?? '';
  const query = fromUrl === '' ? body.toString('utf8') : fromUrl;
  const data = fromUrl !== '' && body.byteLength > 0 ? body : undefined;
  const parameters: Record<string, string | readonly (string | number)[]> = {};
  const settings: [string, string][] = [];
  for (const [name, value] of url.searchParams) {
    if (name.startsWith('param_')) parameters[name.slice(6)] = parameterOf(query, name.slice(6), value);
    else if (!NOT_SETTINGS.has(name)) settings.push([name, value]);
  }
  return { query, data, parameters, settings };
}

/** Arrays must reach the engine as arrays: it escapes strings once more. */
function parameterOf(query: string, name: string, value: string): string | readonly (string | number)[] {
  const isArray = new RegExp(`\\{\\s*${name}\\s*:\\s*Array\\(`).test(query);
  return (isArray ? parseArrayLiteral(value) : undefined) ?? unescaped(value);
}

/** An INSERT's shape: what comes before its source, and the format of its data. */
export interface InsertParts {
  /** `INSERT INTO t (…) SELECT … FROM` or `INSERT INTO t (…)`, without source, settings and format. */
  readonly statement: (source: string) => string;
  readonly format: string;
}

/** The parts of an INSERT whose data comes in the body; undefined for anything else. */
export function insertParts(query: string): InsertParts | undefined {
  const format = /\sFORMAT\s+([A-Za-z0-9]+)\s*;?\s*$/i.exec(query);
  if (format === null || !/^\s*INSERT\s+INTO\s/i.test(query)) return undefined;
  const name = format[1] as string;
  const head = query.slice(0, format.index);
  const input = /\binput\(\s*('(?:[^'\\]|\\.)*')\s*\)/i.exec(head);
  if (input === null) {
    return { format: name, statement: (path) => `${head} SELECT * FROM file(${path}, '${name}')` };
  }
  const [before, after] = [head.slice(0, input.index), head.slice(input.index + input[0].length)];
  return { format: name, statement: (path) => `${before}file(${path}, '${name}', ${input[1]})${after}` };
}
