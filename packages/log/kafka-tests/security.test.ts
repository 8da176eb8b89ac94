import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSelfSigned } from '@isotherm/service-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { record, show } from '../src/conformance/log-harness.ts';
import type { KafkaSecurity } from '../src/kafka/kafka-security.ts';
import { createLogPlace, type LogPlace, useKafka } from './kafka-harness.ts';

const PASSWORD = 'correct horse';

describe('brokers with TLS and SASL', () => {
  const server = createSelfSigned('kafka');
  const other = createSelfSigned('other');
  const kafka = useKafka({
    brokers: 1,
    secure: {
      certificatePem: server.certificate.toString(),
      keyPem: server.key.toString(),
      user: { name: 'isotherm', password: PASSWORD },
    },
  });
  let directory: string;
  let place: LogPlace;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'isotherm-kafka-tls-'));
    await writeFile(join(directory, 'ca.crt'), server.certificate);
    await writeFile(join(directory, 'other.crt'), other.certificate);
    for (const [name, password] of Object.entries({ right: `${PASSWORD}\n`, wrong: 'guess' })) {
      await mkdir(join(directory, name));
      await writeFile(join(directory, name, 'username'), 'isotherm\n');
      await writeFile(join(directory, name, 'password'), password);
    }
  });
  afterAll(() => rm(directory, { recursive: true }));
  beforeEach(async () => {
    place = await createLogPlace(kafka.current, { partitionCount: 2, requestTimeoutMs: 2000 });
  });
  afterEach(() => place.remove());

  const open = (security: KafkaSecurity) =>
    place.open({ bootstrapServers: kafka.current.secureBootstrap, ...security });
  const tls = () => ({ caFile: join(directory, 'ca.crt') });
  const authentication = (mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512', which = 'right') => {
    return { mechanism, credentialsDirectory: join(directory, which) };
  };

  it.for(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('appends and reads after %s', async (mechanism) => {
    await using log = await open({ tls: tls(), authentication: authentication(mechanism) });
    await log.append([record(0, 'secret')]);
    await using reader = await log.openReader(new Map([[0, 0]]));
    expect((await reader.poll({ maxBytes: 1000 })).entries.map(show)).toEqual(['0/0 secret']);
  });

  it('says that credentials are wrong, and which setting to look at', async () => {
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256'] as const) {
      const error = await open({ tls: tls(), authentication: authentication(mechanism, 'wrong') }).catch(
        (e: Error) => e,
      );
      expect(error).toMatchObject({ id: 'LOG_UNAUTHENTICATED', code: 'UNAUTHENTICATED' });
      expect(JSON.stringify(error) + String(error)).not.toContain('guess');
    }
  });

  it('does not talk to brokers of another authority, nor in the clear', async () => {
    const foreign = open({ tls: { caFile: join(directory, 'other.crt') }, authentication: authentication('PLAIN') });
    await expect(foreign).rejects.toMatchObject({
      id: 'LOG_UNAVAILABLE',
      message: expect.stringMatching(/certificate/i),
    });
    await expect(open({ authentication: authentication('PLAIN') })).rejects.toMatchObject({ id: 'LOG_UNAVAILABLE' });
  });

  it('names the setting of a file that cannot be read', async () => {
    await expect(open({ tls: { caFile: join(directory, 'none.crt') } })).rejects.toMatchObject({
      id: 'KAFKA_CA_UNREADABLE',
      metadata: { setting: 'log.kafka.tls.caFile' },
    });
    const nowhere = authentication('PLAIN', 'nowhere');
    await expect(open({ tls: tls(), authentication: nowhere })).rejects.toMatchObject({
      id: 'CREDENTIALS_INVALID',
      metadata: { setting: 'log.kafka.authentication.credentialsDirectory' },
    });
  });
});
