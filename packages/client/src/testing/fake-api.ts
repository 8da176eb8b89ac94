import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';

/** A public API in this process that answers as the test says. */
export interface FakeApi extends AsyncDisposable {
  readonly url: string;
}

/** Starts it on a free port of the loopback interface. */
export async function startFakeApi(routes: (router: ConnectRouter) => void): Promise<FakeApi> {
  const server = createServer(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
