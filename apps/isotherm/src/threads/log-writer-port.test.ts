import { MessageChannel } from 'node:worker_threads';
import { createMemoryLog, type LogWriter } from '@isotherm/log';
import { IsothermError } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { connectLogWriter, serveLogWriter } from './log-writer-port.ts';

const tick = { partition: 1, bytes: Uint8Array.of(1, 2, 3) };

function serve(writer: LogWriter) {
  const { port1, port2 } = new MessageChannel();
  serveLogWriter(port1, writer);
  return { port1, port2 };
}

it('appends through a port, and goes on through the next one', async () => {
  const log = createMemoryLog({ partitionCount: 2, now: () => 77 });
  const writer = connectLogWriter();
  await expect(writer.append([tick])).rejects.toMatchObject({ id: 'LOG_WRITER_AWAY', retryable: true });
  const first = serve(log);
  writer.attach(first.port2);
  expect(await writer.append([tick])).toEqual([{ kind: 'kept', offset: 0, appendMs: 77 }]);
  expect((await log.readAt(1, 0))?.bytes).toEqual(tick.bytes);
  await expect(writer.append([{ ...tick, partition: 9 }])).rejects.toMatchObject({ id: 'LOG_MISUSE' });
  const second = serve(log);
  writer.attach(second.port2);
  expect(await writer.append([tick])).toMatchObject([{ kind: 'kept', offset: 1 }]);
  writer.close();
});

it('brings outcomes across, and says that it does not know of those under way when the other end goes away', async () => {
  const error = new IsothermError({ code: 'UNAVAILABLE', id: 'LOG_LEADER_AWAY', message: 'Away.', retryAfterMs: 5 });
  let hangs = false;
  const served = serve({
    append: async (group) => (hangs ? new Promise(() => {}) : group.map(() => ({ kind: 'notKept', error }))),
  });
  const writer = connectLogWriter();
  writer.attach(served.port2);
  const [outcome] = await writer.append([tick]);
  expect(outcome).toMatchObject({ kind: 'notKept', error: { id: 'LOG_LEADER_AWAY', retryAfterMs: 5 } });
  hangs = true;
  const under = writer.append([tick, tick]);
  served.port1.close();
  expect((await under).map(({ kind }) => kind)).toEqual(['unknown', 'unknown']);
  await expect(writer.append([tick])).rejects.toMatchObject({ id: 'LOG_WRITER_AWAY' });
});
