import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from './permission.ts';
import { resolveTenants, type TenantsOptions } from './tenants-options.ts';

const TOKEN = 'correct-horse-battery';
const OTHER = 'staple-correct-horse';

describe('Tenants', () => {
  it('are one, anonymous and without a token, where none is named', () => {
    const resolved = resolveTenants({}, 1_000);
    expect(resolved.tokens).toBe(false);
    expect(resolved.tenants).toEqual([
      {
        name: 'anonymous',
        tokenDigests: [],
        may: PERMISSIONS,
        limits: {
          maxObservationsPerSecond: 0,
          maxBytesPerSecond: 0,
          burstSeconds: 5,
          maxBytesInFlight: 0,
          maxStreams: 1_000,
          maxCities: 0,
        },
      },
    ]);
  });

  it('take the limits of all, then their own; none fills the room of ingest alone', () => {
    const { tenants } = resolveTenants(
      {
        limits: { maxObservationsPerSecond: 10 },
        tenants: [
          { name: 'a', tokens: [TOKEN] },
          { name: 'b', tokens: [OTHER], limits: { maxObservationsPerSecond: 20, maxBytesInFlight: 0 } },
        ],
      },
      1_000,
    );
    expect(tenants.map(({ limits }) => limits)).toMatchObject([
      { maxObservationsPerSecond: 10, maxBytesPerSecond: 16_777_216, maxBytesInFlight: 500, maxCities: 100_000 },
      { maxObservationsPerSecond: 20, maxBytesInFlight: 0 },
    ]);
  });

  it('may send and read unless told otherwise, and operate only if told so', () => {
    const { tenants } = resolveTenants(
      {
        tenants: [
          { name: 'a', tokens: [TOKEN] },
          { name: 'b', tokens: [OTHER], may: ['operate'] },
        ],
      },
      1_000,
    );
    expect(tenants.map(({ may }) => may)).toEqual([['ingest', 'read'], ['operate']]);
  });

  it('are known by a token or its SHA-256, however its digits are written', () => {
    const digest = createHash('sha256').update(OTHER).digest();
    const known = (tenant: object) =>
      resolveTenants({ tenants: [{ name: 'a', ...tenant }] }, 1_000).tenants[0]?.tokenDigests;
    expect(known({ tokens: [OTHER] })).toEqual([digest]);
    expect(known({ tokenSha256: [digest.toString('hex').toUpperCase()] })).toEqual([digest]);
  });

  const one = (tenant: object): TenantsOptions => ({ tenants: [{ name: 'a', tokens: [TOKEN], ...tenant }] });
  const twoOf = (name: string): TenantsOptions => ({
    tenants: [
      { name: 'a', tokens: [TOKEN] },
      { name, tokens: [TOKEN] },
    ],
  });

  it.each<[string, TenantsOptions, string]>([
    ['a name with a blank', one({ name: 'a b' }), 'tenants[0].name "a b" must be 1 to 64 letters'],
    [
      'a token of 5 characters',
      one({ tokens: ['short'] }),
      'tenants[0].tokens[0] of 5 characters must have at least 16',
    ],
    ['a token with a blank', one({ tokens: [`${TOKEN} `] }), 'tenants[0].tokens[0] of 22 characters must be ASCII'],
    ['a digest that is none', one({ tokenSha256: ['x'] }), 'tenants[0].tokenSha256[0] of 1 characters must be 64'],
    ['no permission', one({ may: [] }), 'tenants[0].may [] must hold a permission'],
    [
      'a permission that there is not',
      one({ may: ['read', 'write'] }),
      'tenants[0].may[1] "write" must be one of ingest, read, operate',
    ],
    ['no token', one({ tokens: [] }), 'tenants[0].tokens [] must hold a token'],
    ['a limit below 0', one({ limits: { maxStreams: -1 } }), 'tenants[0].limits.maxStreams -1 must be a number from 0'],
    ['a limit of text', one({ limits: { maxStreams: '9' } }), 'tenants[0].limits.maxStreams "9" must be a number'],
    ['no burst', { limits: { burstSeconds: 0 } }, 'limits.burstSeconds 0 must be more than 0'],
    [
      'a connection below 0',
      { connection: { maxStreamsPerConnection: -3 } },
      'connection.maxStreamsPerConnection -3 must be',
    ],
    ['a name twice', twoOf('a'), 'tenants[1].name "a" is there twice'],
    ['a token twice', twoOf('b'), 'tenants[1].tokens of b holds a token that a has too'],
  ])('with %s are refused by field, value and rule', (_, options, sentence) => {
    expect(() => resolveTenants(options, 1_000)).toThrow(sentence);
    expect(() => resolveTenants(options, 1_000)).not.toThrow(TOKEN);
  });
});
