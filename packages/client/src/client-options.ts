import { randomBytes } from 'node:crypto';
import { IsothermClientError } from './errors/client-error.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './errors/retry-policy.ts';

/** Certificates for TLS, in PEM. Everything left out is the system's default. */
export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  readonly rootCertificates?: Uint8Array;
  /** Key of the client's own certificate, for mutual TLS. */
  readonly privateKey?: Uint8Array;
  /** The client's own certificate with its chain, for mutual TLS. */
  readonly certificateChain?: Uint8Array;
}

/** Where the platform is, and who calls. */
export interface IsothermClientOptions {
  /** Ingest, `http://host:port`, `https://host:port` or `host:port`. Default `http://127.0.0.1:50051`. */
  readonly ingestUrl?: string;
  /** Public API, `http://host:port` or `https://host:port`. Default `http://127.0.0.1:8080`. */
  readonly apiUrl?: string;
  /** Certificates for https addresses. Default the system's authorities, no certificate of its own. */
  readonly tls?: TlsOptions;
  /** Bearer token, or a function asked for one before each call. Default none. */
  readonly token?: string | (() => string | Promise<string>);
  /**
   * Name of this producer, 1 to 64 bytes. Retries are counted once under it. Choose one that stays the same from run to
   * run, so that `status` shows one producer. Default `client-` and 12 random digits.
   */
  readonly producerId?: string;
  /** Deadline of a unary call, its retries included, in ms. Default 15,000. */
  readonly timeoutMs?: number;
  /** Retries. Every field has a default. */
  readonly retry?: Partial<RetryPolicy>;
}

/** The same with every default filled in. */
export interface ResolvedClientOptions {
  readonly ingestUrl: URL;
  readonly apiUrl: URL;
  readonly tls: TlsOptions;
  readonly token: () => Promise<string | undefined>;
  readonly producerId: string;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

/** Fills in the defaults. @throws IsothermClientError INVALID_ARGUMENT naming the option. */
export function resolveClientOptions(options: IsothermClientOptions): ResolvedClientOptions {
  const { token } = options;
  const producerId = options.producerId ?? `client-${randomBytes(6).toString('hex')}`;
  const idBytes = Buffer.byteLength(producerId);
  if (idBytes < 1 || idBytes > 64) throw invalid('producerId', producerId, 'must have 1 to 64 bytes');
  return {
    ingestUrl: parseUrl('ingestUrl', options.ingestUrl ?? 'http://127.0.0.1:50051'),
    apiUrl: parseUrl('apiUrl', options.apiUrl ?? 'http://127.0.0.1:8080'),
    tls: options.tls ?? {},
    token: async () => (typeof token === 'function' ? token() : token),
    producerId,
    timeoutMs: options.timeoutMs ?? 15_000,
    retry: { ...DEFAULT_RETRY_POLICY, ...options.retry },
  };
}

function parseUrl(name: string, text: string): URL {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) throw invalid(name, text, 'is no address; write http://host:port');
  const url = new URL(withScheme);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid(name, text, 'must begin with http or https');
  return url;
}

function invalid(field: string, value: string, rule: string): IsothermClientError {
  const message = `Option ${field} '${value}' ${rule}.`;
  return new IsothermClientError({
    code: 'INVALID_ARGUMENT',
    id: 'CLIENT_OPTION_INVALID',
    message,
    violations: [{ field, description: message }],
  });
}
