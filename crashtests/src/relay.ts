import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** An address that stays while the process behind it comes and goes. Shut, it refuses: what waits in a producer stays there. */
export interface Relay {
  /** host:port for producers. */
  readonly address: string;
  /** Lets connections through to `target`, host:port. */
  open(target: string): void;
  /** Lets requests through and holds back the answers, until it is shut. */
  holdAnswers(): void;
  /** Drops every connection and lets none through. */
  shut(): void;
  close(): Promise<void>;
}

/** Starts a relay on a free port; it is shut. */
export async function startRelay(): Promise<Relay> {
  let target: { readonly host: string; readonly port: number } | undefined;
  const sockets = new Set<Socket>();
  const answering = new Set<Socket>();

  const track = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((downstream) => {
    if (target === undefined) {
      downstream.destroy();
      return;
    }
    const upstream = connect(target);
    track(downstream, upstream);
    track(upstream, downstream);
    downstream.pipe(upstream);
    upstream.pipe(downstream);
    answering.add(upstream);
    upstream.on('close', () => answering.delete(upstream));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const shut = () => {
    target = undefined;
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${port}`,
    open(address) {
      const at = address.lastIndexOf(':');
      target = { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
    },
    holdAnswers() {
      for (const upstream of answering) upstream.unpipe().pause();
    },
    shut,
    async close() {
      shut();
      server.close();
      await once(server, 'close');
    },
  };
}
