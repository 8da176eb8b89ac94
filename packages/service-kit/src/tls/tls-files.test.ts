import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createSelfSigned } from './self-signed.ts';
import { readTlsDirectory, readTlsFiles, type TlsPaths } from './tls-files.ts';

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

const FLAGS = { certificate: '--tls-cert', key: '--tls-key', clientAuthority: '--tls-client-ca' };

it('reads certificate, key and authority of clients; nothing where no file is named', () => {
  expect(readTlsFiles({}, FLAGS)).toBeUndefined();
  expect(readTlsFiles({ certificate: cert, key }, FLAGS)).toEqual({ certificate: own.certificate, key: own.key });
  expect(readTlsFiles({ certificate: cert, key, clientAuthority: ca }, FLAGS)?.clientAuthority).toEqual(
    other.certificate,
  );
});

it.each<[string, TlsPaths, string, string]>([
  ['no key', { certificate: cert }, 'tls-key', '--tls-key is missing'],
  ['no certificate', { key }, 'tls-cert', '--tls-cert is missing'],
  ['an authority alone', { clientAuthority: ca }, 'tls-cert', '--tls-cert is missing'],
  [
    'a file that is not there',
    { certificate: cert, key: join(folder, 'gone.pem') },
    'tls-key',
    'gone.pem of --tls-key cannot be read (ENOENT)',
  ],
  ['a directory', { certificate: folder, key }, 'tls-cert', 'of --tls-cert cannot be read (EISDIR)'],
  [
    'a file without a certificate',
    { certificate: text, key },
    'tls-cert',
    'text.pem of --tls-cert holds no certificate in PEM',
  ],
  [
    'certificate and key swapped',
    { certificate: key, key: cert },
    'tls-cert',
    'key.pem of --tls-cert holds no certificate',
  ],
  [
    'the key of another certificate',
    { certificate: cert, key: otherKey },
    'tls-key',
    `other-key.pem of --tls-key holds the key of another certificate than the one in ${cert}`,
  ],
  [
    'an authority that is none',
    { certificate: cert, key, clientAuthority: text },
    'tls-client-ca',
    'text.pem of --tls-client-ca holds no certificate',
  ],
])('refuses %s by flag, file and problem', (_, paths, setting, sentence) => {
  expect(() => readTlsFiles(paths, FLAGS)).toThrow(
    expect.objectContaining({
      id: 'TLS_FILE_INVALID',
      message: expect.stringContaining(sentence),
      metadata: { setting },
    }),
  );
});

it('reads a directory as a Kubernetes secret is mounted, and names the file that is missing', () => {
  const directory = mkdtempSync(join(folder, 'secret-'));
  writeFileSync(join(directory, 'tls.crt'), own.certificate);
  writeFileSync(join(directory, 'tls.key'), own.key);
  expect(() => readTlsDirectory(directory)).toThrow('ca.crt in tls.directory cannot be read (ENOENT)');
  writeFileSync(join(directory, 'ca.crt'), other.certificate);
  expect(readTlsDirectory(directory)).toEqual({ ...own, clientAuthority: other.certificate });
});
