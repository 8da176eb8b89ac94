import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { SAMPLES_PATH } from '../src/paths.ts';
import { ledgerShowing } from './testing/ledger.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const HEADER = 'city,reading_at,temperature_c,humidity_pct,wind_speed_ms';

/** Files as people have them; each with readings of cities of its own. */
const FILES = {
  'bom-and-crlf': `\uFEFF${HEADER}\r\nbom,2024-07-01T12:00:00Z,30.5,60,2\r\nbom,2024-07-01T13:00:00Z,31,58,2.5\r\n`,
  'other-order':
    'humidity_pct,city,note,wind_speed_ms,reading_at,temperature_c\n60,order,x,2,2024-07-01T12:00:00Z,30\n',
  'no-final-newline': `${HEADER}\nend,2024-07-01T12:00:00Z,30,60,2\nend,2024-07-01T13:00:00Z,31,58,2`,
  'bad-line': `${HEADER}\nmid,2024-07-01T12:00:00Z,30,60,2\nmid,noon,30,60,2\nmid,2024-07-01T13:00:00Z,31\nmid,2024-07-01T14:00:00Z,,60,2\n`,
  impossible: `${HEADER}\nodd,2024-07-01T12:00:00Z,30,155,2\nodd,2024-07-01T13:00:00Z,30,55,2\n`,
} as const;

it('sends files as people have them over gRPC, and the same file again adds nothing', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: join(directory.path, 'data') });
  const env = { ISOTHERM_API: platform.apiUrl, ISOTHERM_TARGET: platform.ingestAddress };
  const send = async (path: string, ...flags: string[]) => {
    const end = await runCli(['send', path, '--json', ...flags], env, directory.path);
    return { ...end, report: end.stdout === '' ? undefined : JSON.parse(end.stdout) };
  };
  const write = async (name: keyof typeof FILES) => {
    const path = join(directory.path, `${name}.csv`);
    await writeFile(path, FILES[name]);
    return path;
  };
  await using client = createIsothermClient({ apiUrl: platform.apiUrl });

  const bad = join(directory.path, 'bad-header.csv');
  await writeFile(bad, 'city,when,temperature_c\nJFK,2024-07-01T12:00:00Z,30\n');
  const refused = await send(bad);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('lacks reading_at, humidity_pct, wind_speed_ms');
  expect(refused.stderr).not.toMatch(/^\s+at /m);

  const [bom, order, end, mid, odd] = [
    await send(await write('bom-and-crlf')),
    await send(await write('other-order')),
    await send(await write('no-final-newline')),
    await send(await write('bad-line')),
    await send(await write('impossible')),
  ];
  expect(bom).toMatchObject({ code: 0, report: { accepted: 2, badLines: 0, rejected: 0 } });
  expect(order).toMatchObject({ code: 0, report: { accepted: 1, badLines: 0, rejected: 0 } });
  expect(end).toMatchObject({ code: 0, report: { accepted: 2, badLines: 0, rejected: 0 } });
  expect(mid).toMatchObject({ code: 0, report: { accepted: 2, badLines: 2, rejected: 0 } });
  expect(mid.report.problems.map(({ line }: { line: number }) => line)).toEqual([3, 4]);
  expect(odd).toMatchObject({ code: 0, report: { accepted: 1, rejectedByReason: { HUMIDITY_IMPOSSIBLE: 1 } } });
  await ledgerShowing(client, { observationsApplied: 8, observationsDead: 1 });
  const { conditions } = await client.current(['order', 'end', 'mid']);
  expect(conditions.map(({ temperature }) => temperature)).toEqual([30, 31, undefined]);
  expect(conditions.map(({ relativeHumidityPercent }) => relativeHumidityPercent)).toEqual([60, 58, 60]);

  const sample = join(SAMPLES_PATH, 'nyc3.csv.gz');
  const sent = await send(sample, '--speed', 'max');
  expect(sent).toMatchObject({ code: 0, report: { readings: 26_115, accepted: 26_114, badLines: 0 } });
  // A gust of 468.66 m/s at Newark, as the source has it.
  expect(sent.report.rejectedByReason).toEqual({ WIND_IMPOSSIBLE: 1 });
  await ledgerShowing(client, { observationsApplied: 8 + 26_114, observationsDead: 2, observationsDuplicate: 0 });

  const again = await send(sample);
  expect(again).toMatchObject({ code: 0, report: { accepted: 0, alreadyThere: 26_115 } });
  expect(await send(join(directory.path, 'bom-and-crlf.csv'))).toMatchObject({
    report: { accepted: 0, alreadyThere: 2 },
  });
  await ledgerShowing(client, { observationsApplied: 8 + 26_114, observationsDead: 2 });
});
