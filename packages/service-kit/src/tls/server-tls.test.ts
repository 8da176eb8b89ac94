import { createPrivateKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSelfSigned } from './self-signed.ts';
import { faultOfTls, type ServerTls, serverTlsOptions, type TlsPart } from './server-tls.ts';

const own = createSelfSigned('server');
const other = createSelfSigned('other');
const encrypted = Buffer.from(
  createPrivateKey(own.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }),
);
const garbage = Buffer.from('-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');

it('finds nothing wrong with a certificate, its key and an authority of clients', () => {
  expect(faultOfTls(own)).toBeUndefined();
  expect(faultOfTls({ ...own, clientAuthority: other.certificate })).toBeUndefined();
  expect(serverTlsOptions(own, 'the API')).toMatchObject({ requestCert: false });
  expect(serverTlsOptions({ ...own, clientAuthority: other.certificate }, 'the API')).toMatchObject({
    requestCert: true,
    rejectUnauthorized: true,
  });
});

it('takes bytes that came from another thread', () => {
  expect(faultOfTls(structuredClone(own))).toBeUndefined();
});

it.each<[string, Partial<ServerTls>, TlsPart, string]>([
  ['no certificate', { certificate: Buffer.from('x') }, 'certificate', 'holds no certificate'],
  ['a key for a certificate', { certificate: own.key }, 'certificate', 'holds no certificate'],
  ['a damaged certificate', { certificate: garbage }, 'certificate', 'holds no certificate'],
  ['a certificate for a key', { key: own.certificate }, 'key', 'holds no private key'],
  ['the key of another certificate', { key: other.key }, 'key', 'holds the key of another certificate'],
  ['a key with a passphrase', { key: encrypted }, 'key', 'holds a key with a passphrase'],
  ['a damaged authority', { clientAuthority: garbage }, 'clientAuthority', 'holds no certificate'],
])('says what is wrong with %s', (_, part, at, problem) => {
  expect(faultOfTls({ ...own, ...part })).toEqual({ part: at, problem: expect.stringContaining(problem) });
  expect(() => serverTlsOptions({ ...own, ...part }, 'the API')).toThrow(`its ${at} ${problem}`);
});
