import { readFileSync } from 'node:fs';
import { faultOfTls, IsothermError, type ServerTls, type TlsPart } from '@isotherm/service-kit';

/** Files of certificates, by the names of their flags. */
export interface TlsFlags {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
}

const FLAGS: Readonly<Record<TlsPart, string>> = {
  certificate: 'tls-cert',
  key: 'tls-key',
  clientAuthority: 'tls-client-ca',
};

/**
 * Reads what ingest and API show over TLS; undefined where no flag names a file.
 *
 * @throws IsothermError TLS_FILE_INVALID naming flag, file and problem; nothing of what the file holds.
 */
export function readTlsFiles({ tlsCert, tlsKey, tlsClientCa }: TlsFlags): ServerTls | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  if (tlsCert === undefined) throw incomplete('certificate');
  if (tlsKey === undefined) throw incomplete('key');
  const paths = { certificate: tlsCert, key: tlsKey, clientAuthority: tlsClientCa ?? '' };
  const tls: ServerTls = {
    certificate: readPem('certificate', tlsCert),
    key: readPem('key', tlsKey),
    ...(tlsClientCa !== undefined && { clientAuthority: readPem('clientAuthority', tlsClientCa) }),
  };
  const fault = faultOfTls(tls);
  if (fault === undefined) return tls;
  const beside = fault.problem.includes('another') ? ` than the one in ${tlsCert}` : '';
  throw invalid(fault.part, `The file ${paths[fault.part]} of --${FLAGS[fault.part]} ${fault.problem}${beside}.`);
}

function readPem(part: TlsPart, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw invalid(part, `The file ${path} of --${FLAGS[part]} cannot be read (${code}).`, cause);
  }
}

function incomplete(part: TlsPart): IsothermError {
  return invalid(part, `TLS needs certificate and key, and --${FLAGS[part]} is missing.`);
}

function invalid(part: TlsPart, message: string, cause?: unknown): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'TLS_FILE_INVALID',
    message,
    advice: 'Give --tls-cert and --tls-key as PEM, the key without a passphrase; docs/security.md shows how.',
    metadata: { setting: FLAGS[part] },
    ...(cause !== undefined && { cause }),
  });
}
