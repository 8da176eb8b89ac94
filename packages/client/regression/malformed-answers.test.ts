import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createIsothermClient } from '../src/index.ts';
import type { IngestChannel } from '../src/ingest/ingest-channel.ts';
import { createObservationStream, createUnarySender, DEFAULT_RETRY_POLICY } from '../src/internals.ts';

const ROWS = [{ cityId: '1', observeTime: 1_750_000_000_000, temperatureCelsius: 20 }];
const runtime = { now: () => 0, random: () => 0, after: () => ({ cancel() {} }) };

/** A channel whose every answer is the same bytes. */
function answering(bytes: Uint8Array): IngestChannel {
  return {
    target: 'http://127.0.0.1:1',
    ingest: async () => bytes,
    async openStream() {
      let writes = 0;
      const call = Object.assign(new EventEmitter(), {
        write() {
          writes += 1;
          if (writes === 2) setImmediate(() => call.emit('data', bytes));
          return true;
        },
        cancel() {},
      });
      return call as never;
    },
    close() {},
  };
}

const identity = { producerId: 'p', session: 1n };

// Found by fuzzing: the decoder's error left through the event of the socket and ended the producer's process.
it.each([
  ['that is no message', Uint8Array.of(7, 0)],
  ['that is cut', Uint8Array.of(0x12, 0x22, 0x1c, 8)],
])('an answer on a stream %s fails the stream, not the process', async (_, bytes) => {
  const stream = createObservationStream(answering(bytes), {
    ...identity,
    returnTokens: false,
    maxInFlight: 1,
    signal: undefined,
    retry: DEFAULT_RETRY_POLICY,
    onOver() {},
    runtime,
  });
  const { result } = await stream.write(ROWS);
  await expect(result).rejects.toMatchObject({ name: 'IsothermClientError', id: 'ANSWER_MALFORMED' });
});

// Found by fuzzing: no ack at all counted as an ack of no rows.
it('an answer without ack or error is no ack', async () => {
  const retry = DEFAULT_RETRY_POLICY;
  const sender = createUnarySender(answering(new Uint8Array()), { ...identity, timeoutMs: 1000, retry });
  await expect(sender.send(ROWS)).rejects.toMatchObject({ id: 'ANSWER_MALFORMED' });
});

// Found by fuzzing: four bytes of length cost gigabytes before a byte of the message was there.
it('a message that claims to be of 2 GB is refused by its length', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/connect+proto' });
    response.end(Buffer.from([0, 0x80, 0, 0, 0, 7]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using client = createIsothermClient({ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await expect(client.watch().next()).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
  server.closeAllConnections();
  server.close();
});
