import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCredentials } from './credentials-directory.ts';
import { configReference, formatConfig, parseConfig, readConfigFile } from './index.ts';
import { requireSections } from './require-sections.ts';

const folder = mkdtempSync(join(tmpdir(), 'isotherm-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The configuration of docs/adr/0016, every key of it. */
const CLUSTER = `
name: prod
log:
  kafka:
    bootstrapServers: ["kafka:9093"]
    topic: {name: prod-observations, create: true, replicationFactor: 3, minInSyncReplicas: 2}
    tls: {caFile: /etc/isotherm/kafka-ca/ca.crt}
    authentication: {mechanism: SCRAM-SHA-512, credentialsDirectory: /etc/isotherm/kafka}
checkpoints:
  s3: {bucket: isotherm, prefix: prod, region: eu-west-1, endpoint: "", credentialsDirectory: ""}
analytics:
  clickHouse: {urls: ["https://ch:8443"], caFile: ""}
placement: {coordinator: "coordinator:50053"}
ingests: ["ingest:50051", "[::1]:50051"]
tenants: {file: /etc/isotherm/tenants/tenants.json}
tls: {directory: /etc/isotherm/tls}
`;

const parse = (text: string) => parseConfig(text, 'The file');

describe('A configuration', () => {
  it('is the same as YAML and as JSON, and printed with its defaults it is read as itself', () => {
    const { config, given } = parse(CLUSTER);
    expect(parse(JSON.stringify(given)).config).toEqual(config);
    expect(parse(JSON.stringify(given, null, '\t')).config).toEqual(config);
    expect(parse(formatConfig(config)).config).toEqual(config);
    expect(config).toMatchObject({ partitions: 64, checkpoints: { intervalSeconds: 10 }, logLevel: 'info' });
    expect(given).not.toHaveProperty('partitions');
  });

  it('has all defaults where nothing is written', () => {
    expect(parse('').config).toEqual(parse('{}').config);
    expect(parse('# nothing\n').config).toMatchObject({ formula: 'NWS', ingests: [] });
  });

  it.each([
    ['partitons: 3', 'partitons is no key; did you mean partitions?'],
    ['log: {kafka: {topic: {nam: x}}}', 'log.kafka.topic.nam is no key; did you mean name? (keys there: name, create'],
    ['placement: {zookeeper: x}', 'placement.zookeeper is no key (keys there: coordinator, file, static)'],
    ['partitions: 0', 'partitions is 0, but must be a whole number from 1 to 4096'],
    ['partitions: "64"', 'partitions is "64", but must be a whole number from 1 to 4096'],
    ['partitions: 6.5', 'partitions is 6.5, but must be a whole number'],
    ['formula: nws', 'formula is "nws", but must be one of NWS, ROTHFUSZ'],
    ['log: {}', 'log must have exactly one of embedded, kafka'],
    ['log:', 'log is null, but must be an object with embedded, kafka'],
    [
      'checkpoints: {directory: a, s3: {bucket: abc}}',
      'checkpoints has directory and s3, but must have exactly one of directory, s3',
    ],
    ['ingests: [kafka]', 'ingests[0] is "kafka", but must be host:port, as in kafka:9092'],
    ['ingests: ["kafka:65536"]', 'must be host:port'],
    ['placement: {static: {shards: []}}', 'placement.static.shards is [], but must be a list of at least 1'],
    [
      'placement: {static: {shards: [{name: a}]}}',
      'placement.static.shards[0].address is missing, but must be host:port',
    ],
    ['otlpEndpoint: "http://user:secret@host"', 'but must be a URL'],
    ['windows: {rollingMinutes: [5]}', 'windows.rollingMinutes is [5], but must be [5, 60, 1440]'],
    ['tls: {directory: true}', 'tls.directory is true, but must be a path'],
    ['- 1', 'the file is [1], but must be an object with name, partitions'],
    ['name: a\nname: b', 'is neither YAML nor JSON: Map keys must be unique at line 2'],
    ['name: [', 'is neither YAML nor JSON: '],
  ])('that says %j is refused by key, value and rule', (text, sentence) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ id: 'CONFIG_INVALID', message: expect.stringContaining(sentence) }),
    );
  });

  it('names everything that is wrong at once, each once', () => {
    expect(() => parse('{partitions: 0, ingests: [kafka], nme: x}')).toThrow(
      expect.objectContaining({
        violations: [
          { field: 'partitions', description: expect.any(String) },
          { field: 'ingests[0]', description: expect.any(String) },
          { field: 'nme', description: expect.stringContaining('did you mean name?') },
        ],
      }),
    );
  });

  it('is read from a file, which errors name', () => {
    const path = join(folder, 'isotherm.yaml');
    writeFileSync(path, CLUSTER);
    expect(readConfigFile(path).config.name).toBe('prod');
    expect(() => readConfigFile(join(folder, 'gone.yaml'))).toThrow(/gone\.yaml cannot be read \(ENOENT\)/);
    expect(() => readConfigFile(folder)).toThrow(/cannot be read \(EISDIR\)/);
  });

  it('says what a role misses, all of it', () => {
    expect(requireSections(parse(CLUSTER).config, 'compute', ['log', 'placement']).log.kafka?.topic.name).toBe(
      'prod-observations',
    );
    expect(() => requireSections(parse('').config, 'compute', ['log', 'placement'])).toThrow(
      /isotherm compute needs in its configuration log: .*log\.embedded or log\.kafka.*; placement: .*placement\.coordinator/,
    );
  });
});

it('credentials are files without the line break at their end; what is missing is named, never shown', () => {
  writeFileSync(join(folder, 'username'), 'reader\n');
  writeFileSync(join(folder, 'password'), '');
  expect(readCredentials(folder, 'x.credentialsDirectory', ['username'])).toEqual({ username: 'reader' });
  expect(() => readCredentials(folder, 'x.credentialsDirectory', ['username', 'password'])).toThrow(
    /password of x\.credentialsDirectory is empty/,
  );
  expect(() => readCredentials(folder, 'x.credentialsDirectory', ['secret'])).toThrow(/secret of .* \(ENOENT\)/);
});

it('docs/operating/configuration.md holds the reference as it is printed', () => {
  const docs = readFileSync(new URL('../../../../docs/operating/configuration.md', import.meta.url), 'utf8');
  expect(docs).toContain(configReference());
});
