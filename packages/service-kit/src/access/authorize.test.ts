import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IsothermError } from '../isotherm-error.ts';
import { authorize, tokenDigest } from './authorize.ts';
import { PERMISSIONS, type TokenHolder } from './permission.ts';

const READER: TokenHolder = { name: 'reader', tokenDigests: [tokenDigest('token-of-the-reader')], may: ['read'] };
const OWNER: TokenHolder = {
  name: 'owner',
  tokenDigests: [tokenDigest('token-of-the-owner'), tokenDigest('older-token-of-the-owner')],
  may: PERMISSIONS,
};
const HOLDERS = [READER, OWNER];

function refusal(authorization: string | undefined, permission: (typeof PERMISSIONS)[number]): IsothermError {
  try {
    authorize(HOLDERS, authorization, permission);
  } catch (error) {
    if (error instanceof IsothermError) return error;
  }
  throw new Error('it was let in');
}

it('finds whose token it is, each of several', () => {
  expect(authorize(HOLDERS, 'Bearer token-of-the-reader', 'read')).toBe(READER);
  expect(authorize(HOLDERS, 'bearer  older-token-of-the-owner ', 'operate')).toBe(OWNER);
});

it.each([
  [undefined, 'TOKEN_MISSING'],
  ['', 'TOKEN_MISSING'],
  ['Bearer', 'TOKEN_MISSING'],
  ['Basic token-of-the-reader', 'TOKEN_MISSING'],
  ['Bearer token-of-the-reader and-more', 'TOKEN_MISSING'],
  ['Bearer token-of-the-reade', 'TOKEN_UNKNOWN'],
  ['Bearer Token-Of-The-Reader', 'TOKEN_UNKNOWN'],
])('turns away %j as %s', (authorization, id) => {
  expect(refusal(authorization, 'read')).toMatchObject({
    code: 'UNAUTHENTICATED',
    id,
    metadata: { setting: 'tenants' },
  });
});

it('says which permission is missing, of whom, and where it is given', () => {
  expect(refusal('Bearer token-of-the-reader', 'operate')).toMatchObject({
    code: 'PERMISSION_DENIED',
    id: 'PERMISSION_MISSING',
    metadata: { setting: 'may', tenant: 'reader', permission: 'operate' },
    advice: expect.stringContaining('"operate"'),
  });
});

it('never says the token it was shown', () => {
  const token = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 12,
    maxLength: 40,
  });
  fc.assert(
    fc.property(token, fc.constantFrom(...PERMISSIONS), (shown, permission) => {
      const { message, advice, metadata } = refusal(`Bearer ${shown}`, permission);
      expect(JSON.stringify([message, advice, metadata])).not.toContain(shown);
    }),
  );
});
