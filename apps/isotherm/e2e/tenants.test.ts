import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { ledgerShowing } from './testing/ledger.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const NORTH = 'token-of-the-north-station';
const SOUTH = 'token-of-the-south-station';
const ROWS = 100;
const BATCHES = 12;

it('starts with tenants: tokens are asked for, a limit holds, and a client that retries loses nothing by it', async () => {
  await using directory = await scratchDirectory();
  const tenants = join(directory.path, 'tenants.json');
  await writeFile(
    tenants,
    JSON.stringify({
      tenants: [
        { name: 'north', tokens: [NORTH], limits: { maxObservationsPerSecond: 4 * ROWS, burstSeconds: 1 } },
        { name: 'south', tokens: [SOUTH] },
      ],
    }),
  );
  await using platform = await startPlatformProcess({
    dataDirectory: join(directory.path, 'data'),
    flags: ['--tenants', tenants],
  });
  const addresses = { ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl };
  await using nobody = createIsothermClient(addresses);
  const reading = { cityId: 'x', observeTime: Date.now(), temperatureCelsius: 20 };
  await expect(nobody.send([reading])).rejects.toMatchObject({ code: 'UNAUTHENTICATED', id: 'TOKEN_MISSING' });

  const sent = await Promise.all(
    [NORTH, SOUTH].map(async (token) => {
      await using client = createIsothermClient({ ...addresses, token });
      await using stream = client.openStream();
      const batches = [];
      for (let batch = 0; batch < BATCHES; batch++) {
        const rows = Array.from({ length: ROWS }, (_, city) => ({ ...reading, cityId: `city-${city}` }));
        batches.push(await stream.write(rows));
      }
      const results = await Promise.all(batches.map(({ result }) => result));
      return results.reduce((sum, { accepted }) => sum + accepted, 0);
    }),
  );
  expect(sent).toEqual([BATCHES * ROWS, BATCHES * ROWS]);
  const acked = 2 * BATCHES * ROWS;
  await using south = createIsothermClient({ ...addresses, token: SOUTH });
  await ledgerShowing(south, { observationsAcked: acked, observationsApplied: acked, observationsDuplicate: 0 });
  const metrics = await (await fetch(`${platform.metricsUrl}/metrics`)).text();
  expect(metrics).toMatch(/^isotherm_ingest_refusals_total\{.*id="TOKEN_MISSING".*\} 1$/m);
  expect(metrics).toMatch(/^isotherm_ingest_refusals_total\{.*tenant="north".*id="TENANT_RATE_EXCEEDED".*\} \d+$/m);
  expect(metrics).not.toMatch(/tenant="south".*id=/);
  expect(metrics).toMatch(/^isotherm_ingest_tenant_in_flight\{.*tenant="south".*\} 0$/m);
});

it('does not start with tenants that cannot be, and says which field, value and rule', async () => {
  await using directory = await scratchDirectory();
  const tenants = join(directory.path, 'tenants.json');
  await writeFile(
    tenants,
    JSON.stringify({ tenants: [{ name: 'north', tokens: [NORTH], limits: { maxStreams: -1 } }] }),
  );
  const { code, stderr } = await runCli(['start', '--data-dir', join(directory.path, 'data'), '--tenants', tenants]);
  expect(code).toBe(1);
  expect(stderr).toContain('tenants[0].limits.maxStreams -1 must be a number from 0 on');
  expect(stderr).not.toContain(NORTH);
});
