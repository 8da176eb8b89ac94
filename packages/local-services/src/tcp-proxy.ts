import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy between clients and one server, for faults that a network has. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Passes requests on and keeps the answers back until {@link heal}, or drops them where the connection ends first. */
  holdAnswers(): void;
  /** Keeps requests back, too: to the client the server hangs. */
  holdAll(): void;
  /** Ends every connection, and lets nobody in until {@link heal}. */
  cut(): void;
  /** Passes everything on again. */
  heal(): void;
  close(): Promise<void>;
}

type Mode = 'pass' | 'holdAnswers' | 'holdAll' | 'cut';

/** Starts a proxy on a port of the loopback interface, before `target()` listens if need be. */
export async function startTcpProxy(port: number, target: () => number): Promise<TcpProxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>();
  let mode: Mode = 'pass';

  const proxy = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const server = connect(target(), '127.0.0.1');
    const pair = [client, server] as const;
    pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => client.write(chunk));
    hold(pair);
  });
  await once(proxy.listen(port, '127.0.0.1'), 'listening');

  /** A socket that is paused keeps what arrives in the system's buffers. */
  function hold([client, server]: readonly [Socket, Socket]): void {
    if (mode === 'holdAll') client.pause();
    else client.resume();
    if (mode === 'holdAll' || mode === 'holdAnswers') server.pause();
    else server.resume();
  }

  function change(to: Mode): void {
    mode = to;
    for (const pair of pairs) {
      if (mode === 'cut') pair[0].destroy();
      else hold(pair);
    }
  }

  async function close(): Promise<void> {
    change('cut');
    proxy.close();
    await once(proxy, 'close');
  }

  return {
    port,
    holdAnswers: () => change('holdAnswers'),
    holdAll: () => change('holdAll'),
    cut: () => change('cut'),
    heal: () => change('pass'),
    close,
    [Symbol.asyncDispose]: close,
  };
}
