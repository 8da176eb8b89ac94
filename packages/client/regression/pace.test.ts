import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { IngestChannel } from '../src/ingest/ingest-channel.ts';
import { createObservationStream, DEFAULT_RETRY_POLICY } from '../src/internals.ts';

const ROWS = [{ cityId: '1', observeTime: 1_750_000_000_000, temperatureCelsius: 20 }];
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A platform of calls that do nothing by themselves, and a producer whose time is set by hand. */
function start() {
  const calls: (EventEmitter & { readonly written: Uint8Array[]; full: boolean })[] = [];
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
  const clock = { nowMs: 0 };
  const channel: IngestChannel = {
    target: 'http://127.0.0.1:1',
    ingest: () => Promise.reject(new Error('Nothing is called here')),
    async openStream() {
      const written: Uint8Array[] = [];
      const call = Object.assign(new EventEmitter(), {
        written,
        full: false,
        write: (bytes: Uint8Array) => written.push(bytes) > 0 && !call.full,
        cancel() {},
      });
      calls.push(call);
      return call as never;
    },
    close() {},
  };
  const stream = createObservationStream(channel, {
    producerId: 'p',
    session: 1n,
    returnTokens: false,
    maxInFlight: 8,
    signal: undefined,
    retry: DEFAULT_RETRY_POLICY,
    onOver() {},
    runtime: {
      now: () => clock.nowMs,
      random: () => 0,
      after(delayMs, callback) {
        timers.push({ delayMs, callback });
        return { cancel() {} };
      },
    },
  });
  return { stream, calls, timers, clock };
}

const dropped = () => Object.assign(new Error('Dropped'), { code: 14, details: 'Dropped' });

// Found by thought while the model test of streams was written: the pause of hours before the batch counted as hours of trying.
it('a connection lost while nothing waited for an answer does not shorten the patience of a batch hours later', async () => {
  const { stream, calls, timers, clock } = start();
  await stream.write(ROWS);
  await turn();
  // An ack of batch 1: sequence 1, accepted 1.
  calls[0]!.emit('data', Uint8Array.of(0x08, 1, 0x12, 2, 0x08, 1));
  calls[0]!.emit('error', dropped());
  clock.nowMs = 3 * 3_600_000;
  const { result } = await stream.write(ROWS);
  await turn();
  calls[1]!.emit('error', dropped());
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([100]);
  timers[0]!.callback();
  await turn();
  calls[2]!.emit('data', Uint8Array.of(0x08, 2, 0x12, 2, 0x08, 1));
  expect(await result).toMatchObject({ sequence: 2, accepted: 1 });
});

// Found by thought while the model test of streams was written: all who waited for the socket wrote at its first sign of room.
it('of several writers that wait for a full socket one writes at a time', async () => {
  const { stream, calls } = start();
  await stream.write(ROWS);
  await turn();
  const [call] = calls;
  call!.full = true;
  await stream.write(ROWS);
  const later = [stream.write(ROWS), stream.write(ROWS), stream.write(ROWS)];
  await turn();
  expect(call!.written).toHaveLength(3);
  call!.emit('drain');
  await turn();
  expect(call!.written).toHaveLength(4);
  call!.full = false;
  call!.emit('drain');
  await Promise.all(later);
  expect(call!.written).toHaveLength(6);
});
