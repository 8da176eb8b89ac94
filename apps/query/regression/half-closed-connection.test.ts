import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { listen } from '../src/http/listener.ts';

// Found by fuzzing: such a connection stayed open until the time for a request was over.
it('a connection that ends before it says which protocol it speaks is closed at once', async () => {
  const handler = () => expect.fail('There is no request');
  const listener = await listen(handler, { host: '127.0.0.1', port: 0, maxConnections: 10, requestTimeoutMs: 600_000 });
  for (const start of ['', 'P', 'PR']) {
    const socket = connect(Number(listener.address.split(':')[1]), '127.0.0.1');
    socket.resume().end(start);
    await once(socket, 'close');
  }
  await listener.close(0);
});
