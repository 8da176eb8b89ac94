import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type MethodDefinition, status } from '@grpc/grpc-js';
import { createIsothermClient } from '@isotherm/client';
import { ComputeService } from '@isotherm/contracts/compute/v1/compute_service';
import { findFreePort } from '@isotherm/local-services';
import { createAuthority, grpcDefinition, type ServiceTls, serviceChannelCredentials } from '@isotherm/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ScratchDirectory, scratchDirectory } from './testing/scratch-directory.ts';
import { startServiceProcess } from './testing/service-process.ts';

const authority = createAuthority('platform');
const tlsOf = (name: string): ServiceTls => ({ ...authority.issue(name), clientAuthority: authority.certificate });

let scratch: ScratchDirectory;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => scratch[Symbol.asyncDispose]());

/** Asks a shard for its status as somebody. @returns the code of the answer */
async function statusFrom(address: string, tls: ServiceTls | undefined): Promise<number> {
  const { path, requestSerialize, responseDeserialize } = grpcDefinition(ComputeService)[
    'getShardStatus'
  ] as MethodDefinition<object, object>;
  const client = new Client(address, serviceChannelCredentials(tls));
  const options = { deadline: Date.now() + 30_000 };
  return await new Promise((resolve) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, options, (error) => {
      client.close();
      resolve(error?.code ?? status.OK);
    });
  });
}

it('Services show each other certificates of the platform; a shard answers query and those who move partitions, and nobody else', async () => {
  const [ingestPort, computePort] = [await findFreePort(), await findFreePort()];
  const start = async (role: string, port: number) => {
    const directory = join(scratch.path, role);
    await mkdir(directory);
    const { certificate, key, clientAuthority } = tlsOf(role);
    const files = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': clientAuthority };
    for (const [name, pem] of Object.entries(files)) await writeFile(join(directory, name), pem);
    const config = join(directory, 'config.json');
    const sections = {
      partitions: 4,
      log: { embedded: { directory: join(scratch.path, 'log') } },
      checkpoints: { directory: join(scratch.path, 'checkpoints') },
      analytics: { clickHouse: { urls: ['http://127.0.0.1:9'] } },
      placement: { static: { shards: [{ name: 'shard-0', address: `localhost:${computePort}` }] } },
      ingests: [`localhost:${ingestPort}`],
      tls: { directory },
    };
    await writeFile(config, JSON.stringify(sections));
    return startServiceProcess(role, ['--config', config, '--name', 'shard-0', '--port', String(port)]);
  };
  await using ingest = await start('ingest', ingestPort);
  await using compute = await start('compute', computePort);
  await using query = await start('query', 0);
  await Promise.all([ingest.ready, compute.ready]);
  const { address } = await query.ready;

  const { certificate, key } = tlsOf('producer');
  await using client = createIsothermClient({
    apiUrl: `https://${address.replace('127.0.0.1', 'localhost')}`,
    ingestUrl: `https://localhost:${ingestPort}`,
    tls: { rootCertificates: authority.certificate, certificateChain: certificate, privateKey: key },
  });
  const { readToken } = await client.send([
    { cityId: '2950159', observeTime: Date.now(), temperatureCelsius: 31.5, relativeHumidityPercent: 60 },
  ]);
  const current = await eventually(
    () => client.current('2950159', { ...(readToken && { readToken }), timeoutMs: 5000 }).catch(() => undefined),
    (answer) => answer !== undefined,
  );
  expect(current?.conditions[0]).toMatchObject({ temperature: 31.5 });

  const shard = `localhost:${computePort}`;
  for (const name of ['query', 'operator', 'coordinator']) expect(await statusFrom(shard, tlsOf(name))).toBe(status.OK);
  for (const name of ['producer', 'ingest'])
    expect(await statusFrom(shard, tlsOf(name))).toBe(status.PERMISSION_DENIED);
  expect(await statusFrom(shard, undefined)).toBe(status.UNAVAILABLE);
  const stranger = createAuthority('platform').issue('query');
  expect(await statusFrom(shard, { ...stranger, clientAuthority: authority.certificate })).toBe(status.UNAVAILABLE);
});
