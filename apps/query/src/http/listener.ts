import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { listenError, type ServerTls, serverTlsOptions } from '@isotherm/service-kit';
import type { HttpHandler } from './node-http.ts';

/** A listening port. */
export interface Listener {
  /** host:port; the port it got where 0 was asked for. */
  readonly address: string;
  /**
   * Takes no new connections, tells HTTP/2 clients to go, and resolves when the requests under way are answered or
   * `graceMs` have passed; what is left then is cut off. Idempotent.
   */
  close(graceMs: number): Promise<void>;
}

/** Options of {@link listen}, all needed. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** Time a client has to send a request, headers and body, in ms. */
  readonly requestTimeoutMs: number;
  /** Undefined: plain text. */
  readonly tls?: ServerTls | undefined;
}

/** How HTTP/2 begins with prior knowledge (RFC 9113, 3.4). No method of HTTP/1.1 begins with its first three bytes. */
const PREFACE_START = 'PRI';

const PURPOSE = 'the public API and dashboard';

/**
 * Serves HTTP/1.1 and HTTP/2 on one port with one handler: the first bytes of a connection tell which it is, over TLS
 * too, where they follow the handshake.
 */
export async function listen(handler: HttpHandler, options: ListenOptions): Promise<Listener> {
  const { tls, requestTimeoutMs } = options;
  const http1Options = { requestTimeout: requestTimeoutMs, noDelay: true };
  const secureOptions = tls && {
    ...serverTlsOptions(tls, PURPOSE),
    handshakeTimeout: requestTimeoutMs,
    ALPNProtocols: ['h2', 'http/1.1'],
  };
  const http1 =
    secureOptions === undefined
      ? createServer(http1Options, handler as RequestListener)
      : createHttpsServer({ ...http1Options, ...secureOptions }, handler as RequestListener);
  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: 1000 } }, handler);
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  http2.on('sessionError', () => undefined);
  http1.maxConnections = options.maxConnections;

  // The HTTP/1.1 server owns the port, so its limits and its close() work as ever; only whom a connection goes to changes.
  const begun = tls === undefined ? 'connection' : 'secureConnection';
  const [serveHttp1] = http1.listeners(begun);
  http1.removeAllListeners(begun);
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  http1.on(begun, (socket: Socket) => {
    sniff(socket, requestTimeoutMs, (isHttp2) => {
      if (isHttp2) http2.emit('connection', socket);
      else serveHttp1?.call(http1, socket);
    });
  });

  await new Promise<void>((resolve, reject) => {
    http1.once('error', (error) => reject(listenError(error, PURPOSE, options)));
    http1.listen(options.port, options.host, resolve);
  });
  const { address, family, port } = http1.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
    close(graceMs) {
      closing ??= new Promise<void>((resolve) => {
        const cut = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, graceMs);
        http1.close(() => {
          clearTimeout(cut);
          resolve();
        });
        for (const session of sessions) session.close();
        http1.closeIdleConnections();
      });
      return closing;
    },
  };
}

/** Waits for the first bytes, puts them back and says which protocol they are. Silent connections are closed. */
function sniff(socket: Socket, timeoutMs: number, found: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const onTimeout = () => socket.destroy();
  const onError = () => socket.destroy();
  // A client that ends before it says which protocol it speaks will never say.
  const onEnd = () => socket.destroy();
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const start = seen.toString('latin1', 0, PREFACE_START.length);
    if (start.length < PREFACE_START.length && PREFACE_START.startsWith(start)) return;
    socket.off('readable', onReadable);
    socket.off('error', onError);
    socket.off('end', onEnd);
    socket.off('timeout', onTimeout);
    socket.setTimeout(0);
    socket.unshift(seen);
    found(start === PREFACE_START);
  };
  socket.setTimeout(timeoutMs);
  socket.on('timeout', onTimeout);
  socket.on('error', onError);
  socket.on('end', onEnd);
  socket.on('readable', onReadable);
}
