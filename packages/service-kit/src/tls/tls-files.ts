import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IsothermError } from '../isotherm-error.ts';
import { certificateOf, faultOfTls, type ServerTls, type TlsPart } from './server-tls.ts';

/** Paths of PEM files by what they hold; parts that nobody named are undefined. */
export type TlsPaths = Readonly<Partial<Record<TlsPart, string>>>;

/** How the setting of each part is called in errors, as in `--tls-cert`. */
export type TlsSettings = Readonly<Record<TlsPart, string>>;

/** Names of the files in a directory of certificates: those of a Kubernetes secret of type kubernetes.io/tls. */
const TLS_FILE_NAMES: TlsSettings = { certificate: 'tls.crt', key: 'tls.key', clientAuthority: 'ca.crt' };

/**
 * Reads what a server presents over TLS; undefined where no path is given.
 *
 * @throws IsothermError TLS_FILE_INVALID naming setting, file and problem; nothing of what the file holds.
 */
export function readTlsFiles(paths: TlsPaths, settings: TlsSettings): ServerTls | undefined {
  const { certificate, key, clientAuthority } = paths;
  if (certificate === undefined && key === undefined && clientAuthority === undefined) return undefined;
  const invalid = (part: TlsPart, message: string, cause?: unknown) =>
    new IsothermError({
      code: 'INVALID_ARGUMENT',
      id: 'TLS_FILE_INVALID',
      message,
      advice: `Give ${settings.certificate} and ${settings.key} as PEM, the key without a passphrase; docs/operating/security.md shows how.`,
      metadata: { setting: settings[part].replace(/^--/, '') },
      ...(cause !== undefined && { cause }),
    });
  const readPem = (part: TlsPart, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      throw invalid(part, `The file ${path} of ${settings[part]} cannot be read (${code}).`, cause);
    }
  };
  const missing = (part: TlsPart) => invalid(part, `TLS needs certificate and key, and ${settings[part]} is missing.`);
  if (certificate === undefined) throw missing('certificate');
  if (key === undefined) throw missing('key');
  const tls: ServerTls = {
    certificate: readPem('certificate', certificate),
    key: readPem('key', key),
    ...(clientAuthority !== undefined && { clientAuthority: readPem('clientAuthority', clientAuthority) }),
  };
  const fault = faultOfTls(tls);
  if (fault === undefined) return tls;
  const beside = fault.problem.includes('another') ? ` than the one in ${certificate}` : '';
  throw invalid(fault.part, `The file ${paths[fault.part]} of ${settings[fault.part]} ${fault.problem}${beside}.`);
}

/** Certificate, key and authority of a directory: `tls.crt`, `tls.key`, `ca.crt`. @throws IsothermError TLS_FILE_INVALID */
export function readTlsDirectory(directory: string): Required<ServerTls> {
  const path = (part: TlsPart) => join(directory, TLS_FILE_NAMES[part]);
  const paths = { certificate: path('certificate'), key: path('key'), clientAuthority: path('clientAuthority') };
  const setting = (part: TlsPart) => `${TLS_FILE_NAMES[part]} in tls.directory`;
  const settings = {
    certificate: setting('certificate'),
    key: setting('key'),
    clientAuthority: setting('clientAuthority'),
  };
  return readTlsFiles(paths, settings) as Required<ServerTls>;
}

/** An authority to trust, as PEM. @throws IsothermError TLS_FILE_INVALID naming setting, file and problem */
export function readAuthority(path: string, setting: string): Buffer {
  let problem = 'holds no certificate in PEM';
  try {
    const pem = readFileSync(path);
    if (certificateOf(pem) !== undefined) return pem;
  } catch (cause) {
    problem = `cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)})`;
  }
  throw new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'TLS_FILE_INVALID',
    message: `The file ${path} of ${setting} ${problem}.`,
    advice: 'Give the certificate of an authority as PEM.',
    metadata: { setting },
  });
}
