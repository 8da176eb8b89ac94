import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startRelay } from './relay.ts';

it('lets connections through while it is open and drops them when it is shut; answers can be held back', async () => {
  const arrived = new EventEmitter();
  const echo = createServer((socket) => {
    socket.on('error', () => undefined).pipe(socket);
    socket.on('data', (bytes) => String(bytes) === 'more' && arrived.emit('heard'));
  });
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
  relay.holdAnswers();
  let answered = false;
  through.on('data', () => {
    answered = true;
  });
  const heard = once(arrived, 'heard');
  through.write('more');
  await heard;
  relay.shut();
  await once(through, 'close');
  expect(answered).toBe(false);

  await relay.close();
  echo.close();
});
