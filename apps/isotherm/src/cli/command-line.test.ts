import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLES_PATH } from '../paths.ts';
import { explain } from './cli-error.ts';
import { createProgram } from './program.ts';
import { createStyle } from './terminal/terminal.ts';

const BIN = new URL('../../bin/isotherm.js', import.meta.url).pathname;
const NYC = join(SAMPLES_PATH, 'nyc3.csv.gz');
/** Readings of nyc3 that are no impossible wind. */
const GOOD_READINGS = 26_114;

let folder = '';
let platform: ChildProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isotherm-cli-'));
  const ports = ['--ingest-port', '0', '--api-port', '0', '--metrics-port', '0'];
  platform = spawn(process.execPath, [BIN, 'start', '--no-feed', '--data-dir', join(folder, 'data'), ...ports], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of platform.stdout!.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes('Ctrl-C')) break;
  }
  platform.stdout!.resume();
  process.env['ISOTHERM_API'] = /API\s+(\S+)/.exec(text)?.[1];
  process.env['ISOTHERM_TARGET'] = /Ingest\s+(\S+)/.exec(text)?.[1];
});

afterAll(async () => {
  const exit = once(platform, 'exit');
  platform.kill('SIGINT');
  await exit;
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command in this process, as main.ts does. */
async function isotherm(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return isothermUntil(new AbortController().signal, ...args);
}

async function isothermUntil(interrupted: AbortSignal, ...args: string[]) {
  const written = { stdout: '', stderr: '' };
  const terminal = {
    out(text: string) {
      written.stdout += text;
    },
    err(text: string) {
      written.stderr += text;
    },
    outIsScreen: false,
    errIsScreen: false,
    columns: 100,
    style: createStyle(false),
  };
  const program = await createProgram({ terminal, nowMs: Date.now, interrupted }, args[0]);
  for (const command of [program, ...program.commands.flatMap((outer) => [outer, ...outer.commands])]) {
    command.exitOverride();
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return { code: 0, ...written };
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode, ...written };
    const { message, exitCode } = explain(error);
    return { code: exitCode, ...written, stderr: `${written.stderr}isotherm: ${message}\n` };
  }
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await isotherm(...args, '--json');
  expect(`${code} ${stderr}`.split('\n')[0]).toMatch(/^0/);
  return JSON.parse(stdout) as T;
}

interface Report {
  readonly accepted: number;
  readonly alreadyThere: number;
  readonly rejected: number;
  readonly rejectedByReason: Record<string, number>;
  readonly problems: readonly { line: number; reason: string }[];
}

/** Observations in the results of all partitions. */
async function applied(): Promise<number> {
  const status = await json<{ shards: { partitions: { observationsApplied: number }[] }[] }>('status');
  return status.shards.flatMap(({ partitions }) => partitions).reduce((sum, row) => sum + row.observationsApplied, 0);
}

describe('the command line, against a platform', () => {
  it('sends a file once, however often it is sent', async () => {
    const before = await applied();
    const first = await json<Report>('send', NYC);
    expect(first).toMatchObject({ accepted: GOOD_READINGS, alreadyThere: 0, rejected: 1 });
    expect(first.rejectedByReason).toEqual({ WIND_IMPOSSIBLE: 1 });
    expect(first.problems[0]).toMatchObject({ line: 3029, reason: expect.stringContaining('wind_speed_mps') });
    expect(await json<Report>('send', NYC)).toMatchObject({
      accepted: 0,
      alreadyThere: GOOD_READINGS + 1,
      rejected: 0,
    });
    await expect.poll(applied, { timeout: 10_000 }).toBe(before + GOOD_READINGS);
  });

  it('goes on with a file whose sender was killed, cut another way, and counts nothing twice', async () => {
    const before = await applied();
    // A reading of every hour has its turn: 2,000,000 hours an hour take the year in a quarter of a minute.
    const args = [BIN, 'send', NYC, '--namespace', 'killed', '--speed', '2000000'];
    const sender = spawn(process.execPath, args, { stdio: 'ignore' });
    await expect.poll(async () => (await applied()) > before + 100, { timeout: 20_000 }).toBe(true);
    const gone = once(sender, 'exit');
    sender.kill('SIGKILL');
    await gone;
    const rest = await json<Report>('send', NYC, '--namespace', 'killed');
    expect(rest.alreadyThere).toBeGreaterThan(100);
    expect(rest.accepted + rest.alreadyThere).toBe(GOOD_READINGS);
    await expect.poll(applied, { timeout: 10_000 }).toBe(before + GOOD_READINGS);
  });

  it('reads back what it sent, for people and for programs', async () => {
    const current = await json<{ conditions: { temperature: number; observeTime: string }[] }>('current', 'JFK');
    expect(current.conditions[0]).toMatchObject({ temperature: -1.1, observeTime: '2013-12-30T23:00:00.000Z' });
    expect((await isotherm('current', 'JFK', '--units', 'us')).stdout).toMatch(/Temperature\s+30\.0 °F/);
    const day = ['--from', '2013-07-01T00:00Z', '--to', '2013-07-02T00:00Z'];
    const history = await json<{ points: { count: number }[]; resolution: string }>(
      'history',
      'LGA',
      ...day,
      '--resolution',
      'hour',
    );
    expect(history.points).toHaveLength(24);
    const table = (await isotherm('history', 'LGA', ...day, '--resolution', 'hour')).stdout.trim().split('\n');
    expect(table).toHaveLength(24 + 3);
    const top = await json<{ cities: { city: { cityId: string } }[] }>('top', ...day, '--limit', '2');
    expect(top.cities).toHaveLength(2);
    expect((await isotherm('forecast', 'EWR', '--hours', '3')).stdout).toMatch(/3 h/);
    expect((await isotherm('status')).stdout).toContain(
      '2262a118921146e2ea0634faeca4793d0ee2d2d3e220d85d81000eda1b543883',
    );
  });

  it('feeds demo weather until it is interrupted', async () => {
    const abort = new AbortController();
    const run = isothermUntil(abort.signal, 'feed', '--cities', '3', '--history', '1', '--rate', '30', '--json');
    const shanghai = async () => (await isotherm('current', '1796236', '--json')).code === 0;
    await expect.poll(shanghai, { timeout: 20_000 }).toBe(true);
    abort.abort();
    const { code, stdout } = await run;
    const report = JSON.parse(stdout) as { sent: number; acked: number; rejected: number };
    expect({ code, rejected: report.rejected, unanswered: report.sent - report.acked }).toEqual({
      code: 0,
      rejected: 0,
      unanswered: 0,
    });
  });

  it('lists, shows, replays and purges dead letters, and says what became of them', async () => {
    const path = join(folder, 'dead.csv');
    const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const rows = [`dead,${at(0)},20,50,3`, `dead,${at(180)},10,50,3`, `dead,${at(0)},21,50,400`];
    await writeFile(path, `city,reading_at,temperature_c,humidity_pct,wind_speed_ms\n${rows.join('\n')}\n`);
    await isotherm('send', path);
    const letters = () => json<{ id: string; reason: string }[]>('dead-letters', 'list', '--city', 'dead');
    await expect.poll(async () => (await letters()).length, { timeout: 20_000 }).toBe(2);
    const table = (await isotherm('dead-letters', 'list', '--city', 'dead')).stdout;
    expect(table).toMatch(/^id +reason +state +city/);
    expect(table).toMatch(/LATE +parked +dead/);
    expect((await isotherm('dead-letters', 'count', '--city', 'dead')).stdout).toMatch(/WIND_IMPOSSIBLE +0 +1 +0/);
    const idOf = async (reason: string) => (await letters()).find((letter) => letter.reason === reason)!.id;
    const [lateId, windyId] = [await idOf('LATE'), await idOf('WIND_IMPOSSIBLE')];
    expect((await isotherm('dead-letters', 'show', windyId)).stdout).toMatch(/Wind +400 m\/s.*Correct the reading/s);
    expect((await isotherm('dead-letters', 'replay', lateId, '--dry-run')).stdout).toMatch(/Would replay +1\n/);
    const replayed = (await isotherm('dead-letters', 'replay', '--city', 'dead')).stdout;
    expect(replayed).toMatch(/Count now +1\n +Failed again +1\n +1 WIND_IMPOSSIBLE/);
    expect(replayed).toContain(`${windyId} WIND_IMPOSSIBLE: wind_speed_mps must be`);
    expect((await isotherm('dead-letters', 'purge', windyId)).stderr).toContain('Add --yes to do it');
    expect((await isotherm('dead-letters', 'purge', windyId, '--yes')).stdout).toBe(
      'Thrown away: 1\n  1 WIND_IMPOSSIBLE, parked\n',
    );
    expect((await isotherm('dead-letters', 'list', '--city', 'dead')).stdout).toBe('No dead letters.\n');
    const replays = await json<{ id: string }[]>('dead-letters', 'list', '--city', 'dead', '--state', 'all');
    expect(replays.map(({ id }) => id)).toEqual([lateId]);
  });

  it('takes options from a file, which flags overrule', async () => {
    const path = join(folder, 'options.json');
    await writeFile(path, '{"limit": 1, "units": "us"}');
    const day = ['--from', '2013-07-01T00:00Z', '--to', '2013-07-02T00:00Z'];
    const fromFile = await json<{ cities: unknown[]; units: { temperature: string } }>('top', ...day, '--config', path);
    expect({ count: fromFile.cities.length, unit: fromFile.units.temperature }).toEqual({
      count: 1,
      unit: 'FAHRENHEIT',
    });
    expect((await json<{ cities: unknown[] }>('top', ...day, '--config', path, '--limit', '3')).cities).toHaveLength(3);
    await writeFile(path, '{"limits": 1}');
    expect(await isotherm('top', '--config', path)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"limits"'),
    });
  });

  it('reports bad lines by number and sends the rest', async () => {
    const path = join(folder, 'some.csv');
    const now = new Date().toISOString();
    await writeFile(
      path,
      `\uFEFFwind_speed_ms,city,reading_at,humidity_pct,temperature_c\r\n1,x,${now},50,20\r\nbad line\r\n,x,${now},155,21`,
    );
    const { code, stdout } = await isotherm('send', path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Accepted\s+1\n/);
    expect(stdout).toMatch(/Rejected\s+1 .*\n\s+1 HUMIDITY_IMPOSSIBLE/);
    expect(stdout).toMatch(/line 3: 1 columns instead of 5/);
    expect(stdout).toMatch(/line 4: relative_humidity_percent/);
  });

  it('holds its rolling values against a plain loop and draws both', async () => {
    const [path, svg] = [join(folder, 'minutes.csv'), join(folder, 'minutes.svg')];
    const rows = Array.from({ length: 3000 }, (_, minute) => {
      const time = new Date(Date.UTC(2020, 5, 1) + minute * 60_000).toISOString();
      const temperature = 27 + 8 * Math.sin(minute / 230) + (minute % 7) / 10;
      const humidity = minute % 11 === 0 ? '' : (60 + 25 * Math.cos(minute / 170)).toFixed(1);
      return `<Roof & Co>,${time},${temperature.toFixed(2)},${humidity},3`;
    });
    await writeFile(path, `city,reading_at,temperature_c,humidity_pct,wind_speed_ms\n${rows.join('\n')}\n`);
    const found = await json<Record<string, number | boolean>>('compare', path, '--running', '--svg', svg);
    expect(found).toMatchObject({ equal: true, readings: 3000, rows: 3000, unmatched: 0, rejected: 0 });
    expect(found['largestDifference']).toBeLessThan(1e-9);
    expect(await readFile(svg, 'utf8')).toMatch(/^<svg .*&lt;Roof &amp; Co&gt;/s);
    const other = await isotherm('compare', path, '--running', '--formula', 'ROTHFUSZ');
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('The platform computes NWS') });
  });

  it('says in one sentence what is wrong and what to do, and ends with 1', async () => {
    await writeFile(join(folder, 'wrong.csv'), 'a,b\n1,2\n');
    const cases: [string[], RegExp][] = [
      [['current', 'xyzzyx'], /^isotherm: .*xyzzyx/],
      [
        ['current', 'JFK', '--api', 'http://127.0.0.1:1'],
        /^isotherm: Nothing answers at http:\/\/127\.0\.0\.1:1\. Start the platform/,
      ],
      [['send', NYC, '--target', '127.0.0.1:1'], /^isotherm: Nothing listens at 127\.0\.0\.1:1\. Start the platform/],
      [['send', join(folder, 'none.csv')], /^isotherm: Cannot read .*none\.csv: there is no such file\./],
      [['send', join(folder, 'wrong.csv')], /^isotherm: The header of .*wrong\.csv lacks city/],
      [['history', 'JFK', '--from', 'whenever'], /Give a time as in 2026-05-01T12:00Z/],
      [['dead-letters', 'show', '12/34'], /^isotherm: '12\/34' is no dead letter; write partition\/offset\/row/],
      [['dead-letters', 'show', '12/999999/0'], /^isotherm: There is no dead letter 12\/999999\/0/],
      [['dead-letters', 'replay'], /^isotherm: Name letters, or select them as in --reason LATE/],
      [
        ['dead-letters', 'purge', '--state', 'parked', '--yes'],
        /^isotherm: Name letters, or select them as in --reason/,
      ],
      [['dead-letters', 'list', '--reason', 'tardy'], /Give one of LATE, TIME_IN_FUTURE/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr, stdout } = await isotherm(...args);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('    at ');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    }
  });
});
