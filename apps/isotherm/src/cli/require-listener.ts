import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TlsOptions } from '@isotherm/client';
import { CliError } from './cli-error.ts';
import { tlsTrouble } from './tls-trouble.ts';

const LIMIT_MS = 3000;

/** How HTTP/2 begins (RFC 9113, 3.4): a server of it answers with its settings. */
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0)]);

/** What became of a first attempt. */
type Attempt =
  | { readonly kind: 'answered' }
  /** It took the connection and said nothing so far. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: Error };

/**
 * Makes sure that something listens and speaks before a long job begins: a client would go on trying for minutes.
 *
 * @param address `host:port` or a URL
 * @param flag the option that names another address
 * @throws CliError if nothing does
 */
export async function requireListener(address: string, flag: string, tls: TlsOptions = {}): Promise<void> {
  const text = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) throw new CliError(`${flag} '${address}' is no address; write host:port.`);
  const url = new URL(text);
  const attempt = await tryOnce(open(url, tls));
  if (attempt.kind === 'answered' || attempt.kind === 'silent') return;
  if (attempt.kind === 'ended') {
    throw new CliError(`${url.host} hangs up: if it speaks TLS, write https:// in front of it (${flag}).`);
  }
  const { error } = attempt;
  throw new CliError(
    tlsTrouble(error.message, url.host) ??
      `Nothing listens at ${url.host}. Start the platform with \`npm start\`, or name another one with ${flag}.`,
    { cause: error },
  );
}

function open(url: URL, { rootCertificates, certificateChain, privateKey }: TlsOptions): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  if (!secure) return connect({ host, port });
  return connectTls({
    host,
    port,
    ALPNProtocols: ['h2'],
    ...(isIP(host) === 0 && { servername: host }),
    ...(rootCertificates && { ca: Buffer.from(rootCertificates) }),
    ...(certificateChain && { cert: Buffer.from(certificateChain) }),
    ...(privateKey && { key: Buffer.from(privateKey) }),
  });
}

async function tryOnce(socket: Socket): Promise<Attempt> {
  let connected = false;
  try {
    return await new Promise<Attempt>((resolve) => {
      socket.setTimeout(LIMIT_MS);
      socket.once('connect', () => {
        connected = true;
        socket.write(PREFACE);
      });
      socket.once('data', () => resolve({ kind: 'answered' }));
      socket.once('error', (error) => resolve({ kind: 'failed', error }));
      socket.once('close', () => resolve({ kind: 'ended' }));
      socket.once('timeout', () =>
        resolve(connected ? { kind: 'silent' } : { kind: 'failed', error: new Error('It does not answer.') }),
      );
    });
  } finally {
    socket.destroy();
  }
}
