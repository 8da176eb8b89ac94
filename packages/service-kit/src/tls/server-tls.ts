import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { IsothermError } from '../isotherm-error.ts';

/** What a server shows over TLS, as PEM. */
export interface ServerTls {
  /** The certificate, then those that lead to its authority. */
  readonly certificate: Uint8Array;
  /** Its private key, without a passphrase. */
  readonly key: Uint8Array;
  /** Authority of client certificates. Default none: clients need no certificate. */
  readonly clientAuthority?: Uint8Array;
}

/** A part of {@link ServerTls}. */
export type TlsPart = keyof ServerTls;

/** What is wrong with certificates, and with which part. */
export interface TlsFault {
  readonly part: TlsPart;
  readonly problem: string;
}

/** What is wrong with certificates; undefined if they can be used. Says nothing of what they hold. */
export function faultOfTls({ certificate, key, clientAuthority }: ServerTls): TlsFault | undefined {
  const own = certificateOf(certificate);
  if (own === undefined) return { part: 'certificate', problem: 'holds no certificate in PEM' };
  const privateKey = keyOf(key);
  if (typeof privateKey === 'string') return { part: 'key', problem: privateKey };
  if (!own.checkPrivateKey(privateKey)) return { part: 'key', problem: 'holds the key of another certificate' };
  if (clientAuthority !== undefined && certificateOf(clientAuthority) === undefined) {
    return { part: 'clientAuthority', problem: 'holds no certificate in PEM' };
  }
  try {
    createSecureContext(secureOptions({ certificate, key, ...(clientAuthority && { clientAuthority }) }));
  } catch (cause) {
    return {
      part: 'certificate',
      problem: `cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    };
  }
  return undefined;
}

/** Options of Node's TLS servers. @throws IsothermError TLS_INVALID */
export function serverTlsOptions(tls: ServerTls, purpose: string) {
  const fault = faultOfTls(tls);
  if (fault !== undefined) {
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'TLS_INVALID',
      message: `TLS of ${purpose} cannot be used: its ${fault.part} ${fault.problem}.`,
      advice: 'Give certificate and key as PEM, the key without a passphrase.',
      metadata: { setting: fault.part },
    });
  }
  const wanted = tls.clientAuthority !== undefined;
  return { ...secureOptions(tls), requestCert: wanted, rejectUnauthorized: wanted };
}

function secureOptions({ certificate, key, clientAuthority }: ServerTls) {
  return {
    cert: Buffer.from(certificate),
    key: Buffer.from(key),
    ...(clientAuthority !== undefined && { ca: Buffer.from(clientAuthority) }),
  };
}

/** The first certificate of a PEM file; undefined if it holds none. */
export function certificateOf(pem: Uint8Array): X509Certificate | undefined {
  try {
    return Buffer.from(pem).includes('-----BEGIN CERTIFICATE-----') ? new X509Certificate(Buffer.from(pem)) : undefined;
  } catch {
    return undefined;
  }
}

/** The key, or what is wrong with it. */
function keyOf(pem: Uint8Array): KeyObject | string {
  try {
    return createPrivateKey({ key: Buffer.from(pem), format: 'pem' });
  } catch {
    return Buffer.from(pem).includes('ENCRYPTED') ? 'holds a key with a passphrase' : 'holds no private key in PEM';
  }
}
