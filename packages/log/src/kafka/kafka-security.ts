import { readFile } from 'node:fs/promises';
import { IsothermError, readCredentials } from '@isotherm/service-kit';
import type { ConnectionOptions } from '@platformatic/kafka';

/** How brokers are recognised, and how they recognise this client. The files are read at each connection. */
export interface KafkaSecurity {
  /** Default none: connections in the clear. */
  readonly tls?:
    | {
        /** Authority of the brokers' certificates (PEM); empty for those that Node trusts. */
        readonly caFile: string;
      }
    | undefined;
  /** Default none: nobody is asked who they are. */
  readonly authentication?:
    | {
        readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
        /** Directory with the files `username` and `password`. */
        readonly credentialsDirectory: string;
      }
    | undefined;
}

/**
 * Options of a connection, with what the files say now.
 * @throws KAFKA_CA_UNREADABLE, CREDENTIALS_INVALID
 */
export async function connectionOptionsOf(
  { tls, authentication }: KafkaSecurity,
  timeouts: { readonly connectTimeoutMs: number; readonly requestTimeoutMs: number },
): Promise<ConnectionOptions> {
  const sasl = authentication && {
    mechanism: authentication.mechanism,
    ...readCredentials(authentication.credentialsDirectory, 'log.kafka.authentication.credentialsDirectory', [
      'username',
      'password',
    ]),
  };
  return {
    connectTimeout: timeouts.connectTimeoutMs,
    requestTimeout: timeouts.requestTimeoutMs,
    ...(tls && { tls: tls.caFile === '' ? {} : { ca: await readAuthority(tls.caFile) } }),
    ...(sasl && { sasl }),
  };
}

async function readAuthority(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const setting = 'log.kafka.tls.caFile';
    throw new IsothermError({
      code: 'INVALID_ARGUMENT',
      id: 'KAFKA_CA_UNREADABLE',
      message: `The file ${path} of ${setting} cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)}).`,
      advice: "Give the certificate of the authority that signed the brokers' certificates, as PEM.",
      metadata: { setting },
      cause,
    });
  }
}
