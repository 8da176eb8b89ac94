import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server of this machine that can be cut, frozen or closed. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Resets every connection. @returns how many. */
  reset(): number;
  /** Ends every connection as a server does that goes in peace. @returns how many. */
  finish(): number;
  /** While frozen nothing passes and nothing closes, on connections there are. New ones work. */
  freezeOpen(): number;
  /** Refuses new connections. */
  refuse(on: boolean): void;
}

/** Starts a proxy on a free port of loopback. */
export async function startTcpProxy(upstreamPort: number): Promise<TcpProxy> {
  const pairs = new Set<{ readonly client: Socket; readonly upstream: Socket; frozen: boolean }>();
  let refusing = false;
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect(upstreamPort, '127.0.0.1');
    const pair = { client, upstream, frozen: false };
    pairs.add(pair);
    const end = () => {
      if (pair.frozen) return;
      client.destroy();
      upstream.destroy();
      pairs.delete(pair);
    };
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk) => pair.frozen || to.write(chunk));
      from.on('error', end);
      from.on('close', end);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reset() {
      const count = pairs.size;
      for (const { client } of pairs) client.resetAndDestroy();
      return count;
    },
    finish() {
      const count = pairs.size;
      for (const { client } of pairs) client.end();
      return count;
    },
    freezeOpen() {
      for (const pair of pairs) pair.frozen = true;
      return pairs.size;
    },
    refuse(on) {
      refusing = on;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const pair of pairs) {
        pair.frozen = false;
        pair.client.destroy();
        pair.upstream.destroy();
      }
      await once(server, 'close');
    },
  };
}
