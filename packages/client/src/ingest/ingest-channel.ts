import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import type { ResolvedClientOptions } from '../client-options.ts';

const PATH = '/isotherm.ingest.v1.IngestService';

/** The gRPC connection to ingest, in bytes: what the bytes mean is said by its callers. */
export interface IngestChannel {
  /** Where it goes, for messages. */
  readonly target: string;
  ingest(request: Uint8Array, options: { readonly timeoutMs: number }): Promise<Uint8Array>;
  openStream(): Promise<ClientDuplexStream<Uint8Array, Uint8Array>>;
  close(): void;
}

/** Opens nothing yet: grpc-js connects with the first call. */
export function createIngestChannel(options: ResolvedClientOptions): IngestChannel {
  const { ingestUrl: url, tls } = options;
  const secure = url.protocol === 'https:';
  const address = `${url.hostname}:${url.port || (secure ? 443 : 80)}`;
  const client = new Client(address, secure ? secureCredentials(tls) : credentials.createInsecure(), {
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_send_message_length': -1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
  });
  const metadata = async () => {
    const headers = new Metadata();
    const token = await options.token();
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return headers;
  };
  return {
    target: url.origin,
    async ingest(request, { timeoutMs }) {
      const headers = await metadata();
      return new Promise((resolve, reject) => {
        const deadline = Date.now() + timeoutMs;
        client.makeUnaryRequest(`${PATH}/Ingest`, toBuffer, asIs, request, headers, { deadline }, (error, response) => {
          if (error !== null) reject(error);
          else resolve(response ?? new Uint8Array());
        });
      });
    },
    async openStream() {
      return client.makeBidiStreamRequest(`${PATH}/IngestStream`, toBuffer, asIs, await metadata(), {});
    },
    close: () => client.close(),
  };
}

function secureCredentials(tls: ResolvedClientOptions['tls']) {
  const pem = (bytes: Uint8Array | undefined) => (bytes === undefined ? null : Buffer.from(bytes));
  return credentials.createSsl(pem(tls.rootCertificates), pem(tls.privateKey), pem(tls.certificateChain));
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asIs(bytes: Uint8Array): Uint8Array {
  return bytes;
}
