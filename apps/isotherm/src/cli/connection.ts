import { readFileSync } from 'node:fs';
import {
  createIsothermClient,
  type IsothermClient,
  type IsothermClientOptions,
  type TlsOptions,
} from '@isotherm/client';
import { type Command, Option } from 'commander';
import { CliError } from './cli-error.ts';

/** Where a platform is and who asks it, as flags and the environment say. */
export interface ConnectionFlags extends AccessFlags {
  /** Public API. */
  readonly api?: string;
  /** gRPC ingest. */
  readonly target?: string;
}

/** What a platform may ask for. */
export interface AccessFlags {
  readonly token?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** `--api`, where reads go. */
export function apiOption(): Option {
  return new Option('--api <url>', 'public API').default('http://127.0.0.1:8080').env('ISOTHERM_API');
}

/** `--target`, where observations go. */
export function targetOption(): Option {
  return new Option('--target <address>', 'gRPC ingest').default('127.0.0.1:50051').env('ISOTHERM_TARGET');
}

/** Adds what a platform may ask for: `--token`, and files for an address that begins with https. */
export function addAccessOptions(command: Command): Command {
  return command
    .addOption(new Option('--token <text>', 'bearer token, where the platform asks for one').env('ISOTHERM_TOKEN'))
    .addOption(new Option('--ca <file>', 'authority to trust over https (PEM)').env('ISOTHERM_CA'))
    .addOption(new Option('--cert <file>', 'certificate to show over https (PEM), with --key').env('ISOTHERM_CERT'))
    .addOption(new Option('--key <file>', 'its private key (PEM)').env('ISOTHERM_KEY'));
}

/** What flags say as options of the client. @throws CliError for a file that cannot be read */
export function clientOptionsOf(flags: ConnectionFlags): IsothermClientOptions {
  const { api, target } = flags;
  return {
    ...(api !== undefined && { apiUrl: api }),
    ...(target !== undefined && { ingestUrl: target }),
    ...accessOf(flags),
  };
}

/** Token and certificates alone. @throws CliError for a file that cannot be read */
export function accessOf({ token, ca, cert, key }: AccessFlags): Pick<IsothermClientOptions, 'token' | 'tls'> {
  if ((cert === undefined) !== (key === undefined)) throw new CliError('--cert and --key go together.');
  const tls: TlsOptions = {
    ...(ca !== undefined && { rootCertificates: readPem('--ca', ca) }),
    ...(cert !== undefined && { certificateChain: readPem('--cert', cert) }),
    ...(key !== undefined && { privateKey: readPem('--key', key) }),
  };
  return { ...(token !== undefined && { token }), ...(Object.keys(tls).length > 0 && { tls }) };
}

/** A client, closed when `use` is done. */
export async function withClient<T>(flags: ConnectionFlags, use: (client: IsothermClient) => Promise<T>): Promise<T> {
  await using client = createIsothermClient(clientOptionsOf(flags));
  return await use(client);
}

function readPem(flag: string, path: string): Uint8Array {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new CliError(`The file ${path} of ${flag} cannot be read (${code}).`, { cause });
  }
  if (pem.includes('-----BEGIN ')) return pem;
  throw new CliError(`The file ${path} of ${flag} is no PEM: it should hold a line that begins with -----BEGIN.`);
}
