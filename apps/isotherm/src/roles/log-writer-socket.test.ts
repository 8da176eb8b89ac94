import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLog } from '@isotherm/log';
import { afterAll, expect, it } from 'vitest';
import { connectLogWriterSocket, serveLogWriterSocket, writerSocketPath } from './log-writer-socket.ts';

const directory = mkdtempSync(join(tmpdir(), 'isotherm-socket-'));
afterAll(() => rmSync(directory, { recursive: true }));

const tick = { partition: 1, bytes: Uint8Array.of(1, 250, 3) };

it('appends for another process of this user, whose errors and absence it is told', async () => {
  const log = createMemoryLog({ partitionCount: 2, now: () => 77 });
  const path = writerSocketPath(directory);
  const writer = connectLogWriterSocket(path);
  await expect(writer.append([tick])).rejects.toMatchObject({ id: 'LOG_WRITER_AWAY', retryable: true });
  const socket = await serveLogWriterSocket(path, log);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await writer.append([tick])).toEqual([{ kind: 'kept', offset: 0, appendMs: 77 }]);
  expect((await log.readAt(1, 0))?.bytes).toEqual(tick.bytes);
  await expect(writer.append([{ ...tick, partition: 9 }])).rejects.toMatchObject({ id: 'LOG_MISUSE' });
  await socket.close();
  await expect(writer.append([tick])).rejects.toMatchObject({ id: 'LOG_WRITER_AWAY' });
});
