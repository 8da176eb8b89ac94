import { readFileSync } from 'node:fs';
import { IsothermError } from '../isotherm-error.ts';
import { tokenDigest } from './authorize.ts';
import { resolveTenants, type TenantsOptions } from './tenants-options.ts';

const LIMIT_FIELDS = [
  'maxObservationsPerSecond',
  'maxBytesPerSecond',
  'burstSeconds',
  'maxBytesInFlight',
  'maxStreams',
  'maxCities',
] as const;

/** Fields of each object of the file. What is no field is refused: a misspelt limit would be none. */
const FIELDS = {
  file: ['limits', 'connection', 'tenants'],
  limits: LIMIT_FIELDS,
  connection: ['maxStreamsPerConnection', 'maxBytesPerSecondPerConnection'],
  tenant: ['name', 'tokens', 'tokenSha256', 'may', 'limits'],
} as const;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads who may do what, and how much of it, from a JSON file: docs/operating/limits.md. Tokens leave it as their SHA-256.
 *
 * @throws IsothermError TENANTS_FILE_INVALID naming file, field, value and rule; never a token.
 */
export function readTenantsFile(path: string): TenantsOptions {
  const options = shapeOf(readJson(path), path);
  try {
    resolveTenants(options);
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return {
    ...options,
    tenants: (options.tenants ?? []).map(({ tokens = [], tokenSha256 = [], ...tenant }) => ({
      ...tenant,
      tokenSha256: [...tokenSha256, ...tokens.map((token) => tokenDigest(token).toString('hex'))],
    })),
  };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    // What a parser says may quote the file, and with it a token.
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw invalid(path, `It cannot be read as JSON${code}.`);
  }
}

/** Checks names and kinds of fields; values are checked where they are used. */
function shapeOf(value: unknown, path: string): TenantsOptions {
  const object = (found: unknown, field: string, known: readonly string[]): Json => {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      throw invalid(path, `${field} must be an object.`);
    }
    for (const name of Object.keys(found)) {
      if (known.includes(name)) continue;
      throw invalid(path, `${field} has the unknown field "${name}"; its fields are ${known.join(', ')}.`);
    }
    return found as Json;
  };
  const strings = (found: unknown, field: string): void => {
    if (found === undefined || (Array.isArray(found) && found.every((each) => typeof each === 'string'))) return;
    throw invalid(path, `${field} must be a list of texts.`);
  };
  const file = object(value, 'The file', FIELDS.file);
  const { limits, connection, tenants } = file;
  if (limits !== undefined) object(limits, 'limits', FIELDS.limits);
  if (connection !== undefined) object(connection, 'connection', FIELDS.connection);
  if (tenants !== undefined && !Array.isArray(tenants)) throw invalid(path, 'tenants must be a list of objects.');
  for (const [index, each] of (tenants ?? []).entries()) {
    const field = `tenants[${index}]`;
    const tenant = object(each, field, FIELDS.tenant);
    if (typeof tenant['name'] !== 'string') throw invalid(path, `${field}.name must be a text.`);
    strings(tenant['tokens'], `${field}.tokens`);
    strings(tenant['tokenSha256'], `${field}.tokenSha256`);
    strings(tenant['may'], `${field}.may`);
    if (tenant['limits'] !== undefined) object(tenant['limits'], `${field}.limits`, FIELDS.limits);
  }
  return file as TenantsOptions;
}

function invalid(path: string, problem: string, cause?: unknown): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'TENANTS_FILE_INVALID',
    message: `The tenants file ${path} cannot be used. ${problem}`,
    advice: 'docs/operating/limits.md shows one and lists its fields.',
    ...(cause === undefined ? {} : { cause }),
  });
}
