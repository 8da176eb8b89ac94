import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTenantsFile } from './tenants-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'isotherm-tenants-'));
const TOKEN = 'correct-horse-battery';
const path = join(folder, 'tenants.json');

function read(text: string) {
  writeFileSync(path, text);
  return readTenantsFile(path);
}

it('gives tenants and limits, tokens only as their SHA-256', () => {
  const options = read(`{
    "limits": { "maxObservationsPerSecond": 5 },
    "connection": { "maxStreamsPerConnection": 3 },
    "tenants": [{ "name": "north", "tokens": ["${TOKEN}"], "may": ["read"], "limits": { "maxStreams": 7 } }]
  }`);
  expect(options).toEqual({
    limits: { maxObservationsPerSecond: 5 },
    connection: { maxStreamsPerConnection: 3 },
    tenants: [
      {
        name: 'north',
        may: ['read'],
        limits: { maxStreams: 7 },
        tokenSha256: [expect.stringMatching(/^[0-9a-f]{64}$/)],
      },
    ],
  });
  expect(JSON.stringify(options)).not.toContain(TOKEN);
});

it('may hold limits alone: they are those of everybody', () => {
  expect(read('{"limits": {"maxObservationsPerSecond": 5}}')).toEqual({
    limits: { maxObservationsPerSecond: 5 },
    tenants: [],
  });
});

it.each([
  ['[]', 'The file must be an object'],
  [`{"tenants": [{"name": "a", "tokens": ["${TOKEN}"]}`, 'It cannot be read as JSON'],
  ['{"limit": {}}', 'The file has the unknown field "limit"; its fields are limits, connection, tenants'],
  ['{"limits": {"maxRate": 1}}', 'limits has the unknown field "maxRate"'],
  ['{"limits": {"maxStreams": "9"}}', 'limits.maxStreams "9" must be a number from 0 on'],
  [`{"tenants": [{"name": "a", "tokens": ["${TOKEN}"], "may": "read"}]}`, 'tenants[0].may must be a list of texts'],
  [
    `{"tenants": [{"name": "a", "tokens": ["${TOKEN}"], "may": ["write"]}]}`,
    'tenants[0].may[0] "write" must be one of',
  ],
  ['{"tenants": {}}', 'tenants must be a list of objects'],
  [`{"tenants": [{"tokens": ["${TOKEN}"]}]}`, 'tenants[0].name must be a text'],
  [`{"tenants": [{"name": "a", "tokens": "${TOKEN}"}]}`, 'tenants[0].tokens must be a list of texts'],
  [`{"tenants": [{"name": "a", "token": "${TOKEN}"}]}`, 'tenants[0] has the unknown field "token"'],
  [`{"tenants": [{"name": "a b", "tokens": ["${TOKEN}"]}]}`, 'tenants[0].name "a b" must be 1 to 64 letters'],
])('is refused where it is %s, and no token is shown', (text, sentence) => {
  expect(() => read(text)).toThrow(sentence);
  expect(() => read(text)).not.toThrow(TOKEN);
});
