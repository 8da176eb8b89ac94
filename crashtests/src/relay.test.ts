import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startRelay } from './relay.ts';

it('lets connections through while it is open and drops them when it is shut', async () => {
  const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const relay = await startRelay();
  const port = Number(relay.address.split(':')[1]);

  const refused = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(refused, 'close');

  relay.open(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
  const through = connect(port, '127.0.0.1').on('error', () => undefined);
  through.write('hello');
  expect(String((await once(through, 'data'))[0])).toBe('hello');
  relay.shut();
  await once(through, 'close');

  await relay.close();
  echo.close();
});
