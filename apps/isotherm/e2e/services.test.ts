import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createIsothermClient } from '@isotherm/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runCli } from './testing/run-cli.ts';
import { type ScratchDirectory, scratchDirectory } from './testing/scratch-directory.ts';
import { freePort, writeConfig } from './testing/service-config.ts';
import { type ServiceProcess, startServiceProcess } from './testing/service-process.ts';

let scratch: ScratchDirectory;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => scratch[Symbol.asyncDispose]());

const configFile = (sections: object) => writeConfig(scratch.path, sections);

const readiness = async (metricsAddress: string) => {
  const response = await fetch(`http://${metricsAddress}/readyz`);
  return { status: response.status, ...((await response.json()) as { parts: Record<string, string> }) };
};

describe('A service refuses in a sentence', () => {
  const NOWHERE = 'http://127.0.0.1:9';
  const all = {
    log: { embedded: { directory: 'log' } },
    checkpoints: { directory: 'checkpoints' },
    analytics: { clickHouse: { urls: [NOWHERE] } },
    placement: { static: { shards: [{ name: 'shard-0', address: '127.0.0.1:9' }] } },
  };
  it.each([
    ['ingest', {}, /isotherm ingest needs in its configuration log: .*log\.embedded or log\.kafka/],
    ['analytics', {}, /isotherm analytics needs in its configuration analyticsServer: .*analyticsServer\.directory/],
    ['compute', {}, /isotherm compute needs in its configuration log: .*; checkpoints: .*; analytics: .*; placement: /],
    ['compute', { ...all, checkpoints: undefined }, /isotherm compute needs in its configuration checkpoints: /],
    ['compute', { ...all, analytics: undefined }, /isotherm compute needs in its configuration analytics: /],
    ['compute', { ...all, placement: undefined }, /isotherm compute needs in its configuration placement: /],
    ['query', { ...all, analytics: { embedded: { directory: 'x' } } }, /isotherm query needs analytics\.clickHouse/],
    ['query', { ...all, placement: { file: 'gone.json' } }, /placement file gone\.json cannot be used: ENOENT/],
    ['ingest', { ...all, tls: { directory: 'gone' } }, /gone\/tls\.crt of tls\.crt in tls\.directory cannot be read/],
    ['ingest', { ...all, tenants: { file: 'gone.json' } }, /tenants file gone\.json cannot be used/],
    ['ingest', { ...all, partition: 3 }, /partition is no key; did you mean partitions\?/],
  ])('what it cannot do: %s %j', async (role, sections, sentence) => {
    const service = startServiceProcess(role, ['--config', await configFile(sections), '--log-level', 'silent']);
    const { code, stderr, stdout } = await service.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('without a configuration, with a port that is taken, and with flags that it does not know', async () => {
    expect((await runCli(['compute'])).stderr).toMatch(/required option '--config <file>' not specified/);
    expect((await runCli(['query', '--config', 'gone.yaml'])).stderr).toMatch(/gone\.yaml cannot be read \(ENOENT\)/);
    expect((await runCli(['ingest', '--config', 'x', '--prot', '1'])).stderr).toMatch(/unknown option '--prot'/);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const config = await configFile({ log: { embedded: { directory: join(scratch.path, 'taken') } } });
    for (const flag of ['--port', '--metrics-port']) {
      const { stderr } = await startServiceProcess('ingest', ['--config', config, flag, String(port)]).ended;
      expect(stderr).toMatch(new RegExp(`^isotherm: Port 127\\.0\\.0\\.1:${port} .*is in use`, 'm'));
    }
    taken.close();
  });
});

describe('Services that run alone', () => {
  it('start in any order, keep an observation, follow their placement, and end in order', async () => {
    const computePort = await freePort();
    const ingestPort = await freePort();
    const analyticsPort = await freePort();
    const place = (name: string) => join(scratch.path, 'together', name);
    await mkdir(place(''), { recursive: true });
    const table = (epoch: number, address: string) =>
      JSON.stringify({
        epoch: String(epoch),
        partitionCount: 8,
        shards: [{ name: 'shard-0', address }],
        owners: Array.from({ length: 8 }, () => 0),
      });
    await writeFile(place('table.json'), table(1, '127.0.0.1:9'));
    const config = await configFile({
      log: { embedded: { directory: place('log') } },
      checkpoints: { directory: place('checkpoints'), intervalSeconds: 3600 },
      analytics: { clickHouse: { urls: [`http://127.0.0.1:${analyticsPort}`] } },
      analyticsServer: { directory: place('analytics'), nativePort: 0 },
      placement: { file: place('table.json') },
      ingests: [`127.0.0.1:${ingestPort}`],
    });
    const start = (role: string, ...flags: string[]) => startServiceProcess(role, ['--config', config, ...flags]);
    const computeFlags = ['--name', 'shard-0', '--port', String(computePort)];

    // Compute and query are first: they say what they wait for.
    const metricsPort = await freePort();
    await using compute = start('compute', ...computeFlags, '--metrics-port', String(metricsPort));
    await using query = start('query');
    const waiting = await eventually(
      () => readiness(`127.0.0.1:${metricsPort}`).catch(() => undefined),
      (answer) => answer?.parts['log'] !== undefined,
    );
    expect(waiting).toMatchObject({
      status: 503,
      parts: { compute: 'It is starting.', log: expect.stringMatching(/no log/) },
    });
    expect((await fetch(`http://127.0.0.1:${metricsPort}/livez`)).status).toBe(200);
    await using ingest = start('ingest', '--port', String(ingestPort));
    const [atIngest, atCompute, atQuery] = await Promise.all([ingest.ready, compute.ready, query.ready]);
    for (const { metricsAddress } of [atIngest, atCompute, atQuery]) {
      expect((await readiness(metricsAddress)).status).toBe(200);
      expect(await (await fetch(`http://${metricsAddress}/metrics`)).text()).toMatch(/^# TYPE /m);
    }

    // The table names an address where nobody is; a new one is taken from the replaced file.
    await using client = createIsothermClient({ apiUrl: `http://${atQuery.address}`, ingestUrl: atIngest.address });
    const { readToken } = await client.send([
      { cityId: '2950159', observeTime: Date.now(), temperatureCelsius: 31.5, relativeHumidityPercent: 60 },
    ]);
    expect((await client.status()).unreachableShards).toEqual(['shard-0']);
    await writeFile(place('table.json.new'), table(2, `127.0.0.1:${computePort}`));
    await rename(place('table.json.new'), place('table.json'));
    const current = await eventually(
      () => client.current('2950159', { ...(readToken && { readToken }), timeoutMs: 5000 }).catch(() => undefined),
      (answer) => answer !== undefined,
    );
    expect(current?.conditions[0]).toMatchObject({ temperature: 31.5 });

    // What waited for the analytical store is stored once that is there.
    await using analytics = start('analytics', '--port', String(analyticsPort));
    expect((await readiness((await analytics.ready).metricsAddress)).status).toBe(200);
    const stored = await eventually(
      async () => {
        const page = await client
          .history('2950159', { resolution: 'RAW' })
          .next()
          .catch(() => undefined);
        return page?.value?.points ?? [];
      },
      (points) => points.length > 0,
    );
    expect(stored).toMatchObject([{ count: 1, temperature: 31.5 }]);

    // Ended by SIGTERM, it writes a last checkpoint; the next one goes on from it.
    const begunMs = Date.now();
    for (const service of [query, ingest, compute, analytics] satisfies ServiceProcess[]) {
      expect(await service.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
      expect(service.log.filter(({ msg }) => msg === 'Module did not close in order')).toEqual([]);
    }
    expect(Date.now() - begunMs).toBeLessThan(60_000);
    const inspected = await runCli(['checkpoint', 'inspect', '--data', place(''), '--json']);
    const { partitions } = JSON.parse(inspected.stdout) as { partitions: { usable?: { offset: number } }[] };
    expect(Math.max(...partitions.map(({ usable }) => usable?.offset ?? 0))).toBeGreaterThanOrEqual(
      Number(readToken?.offsets[0]),
    );
  });
});
