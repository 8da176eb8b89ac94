import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSelfSigned } from '@isotherm/service-kit';
import { afterAll, expect, it } from 'vitest';
import { readTlsFiles, type TlsFlags } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'isotherm-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const own = createSelfSigned('own');
const other = createSelfSigned('other');

function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const cert = file('cert.pem', own.certificate);
const key = file('key.pem', own.key);
const otherKey = file('other-key.pem', other.key);
const ca = file('ca.pem', other.certificate);
const text = file('text.pem', 'no certificate');

it('reads certificate, key and authority of clients; nothing where no file is named', () => {
  expect(readTlsFiles({})).toBeUndefined();
  expect(readTlsFiles({ tlsCert: cert, tlsKey: key })).toEqual({ certificate: own.certificate, key: own.key });
  expect(readTlsFiles({ tlsCert: cert, tlsKey: key, tlsClientCa: ca })?.clientAuthority).toEqual(other.certificate);
});

it.each<[string, TlsFlags, string, string]>([
  ['no key', { tlsCert: cert }, 'tls-key', '--tls-key is missing'],
  ['no certificate', { tlsKey: key }, 'tls-cert', '--tls-cert is missing'],
  ['an authority alone', { tlsClientCa: ca }, 'tls-cert', '--tls-cert is missing'],
  [
    'a file that is not there',
    { tlsCert: cert, tlsKey: join(folder, 'gone.pem') },
    'tls-key',
    'gone.pem of --tls-key cannot be read (ENOENT)',
  ],
  ['a directory', { tlsCert: folder, tlsKey: key }, 'tls-cert', 'of --tls-cert cannot be read (EISDIR)'],
  [
    'a file without a certificate',
    { tlsCert: text, tlsKey: key },
    'tls-cert',
    'text.pem of --tls-cert holds no certificate in PEM',
  ],
  [
    'certificate and key swapped',
    { tlsCert: key, tlsKey: cert },
    'tls-cert',
    'key.pem of --tls-cert holds no certificate',
  ],
  [
    'the key of another certificate',
    { tlsCert: cert, tlsKey: otherKey },
    'tls-key',
    `other-key.pem of --tls-key holds the key of another certificate than the one in ${cert}`,
  ],
  [
    'an authority that is none',
    { tlsCert: cert, tlsKey: key, tlsClientCa: text },
    'tls-client-ca',
    'text.pem of --tls-client-ca holds no certificate',
  ],
])('refuses %s by flag, file and problem', (_, flags, setting, sentence) => {
  expect(() => readTlsFiles(flags)).toThrow(
    expect.objectContaining({
      id: 'TLS_FILE_INVALID',
      message: expect.stringContaining(sentence),
      metadata: { setting },
    }),
  );
});
