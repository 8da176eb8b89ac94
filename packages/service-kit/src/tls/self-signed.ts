import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** A certificate for localhost and 127.0.0.1 that vouches for itself, and its key, as PEM. */
export interface SelfSigned {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** An authority that issues certificates to services of one machine. */
export interface Authority {
  /** What others trust, as PEM. */
  readonly certificate: Buffer;
  /** Issues a certificate for localhost, 127.0.0.1 and the name itself. */
  issue(commonName: string): SelfSigned;
}

interface Party {
  readonly name: Buffer;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Makes a certificate: X.509 v3 with an EC key on P-256 (RFC 5280), valid from a year ago for ten years. */
export function createSelfSigned(commonName: string): SelfSigned {
  const party = createParty(commonName);
  return { certificate: certify(party, party, commonName), key: keyOf(party) };
}

/** Makes an authority; its key stays in this process. */
export function createAuthority(commonName: string): Authority {
  const authority = createParty(commonName);
  return {
    certificate: certify(authority, authority, commonName),
    issue(issuedTo) {
      const party = createParty(issuedTo);
      return { certificate: certify(party, authority, issuedTo), key: keyOf(party) };
    },
  };
}

function createParty(commonName: string): Party {
  const name = sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(commonName)))));
  return { name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

function keyOf({ privateKey }: Party): Buffer {
  return Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

function certify(subject: Party, issuer: Party, host: string): Buffer {
  const algorithm = sequence(objectId('2a8648ce3d040302'));
  const year = new Date().getUTCFullYear();
  const validity = sequence(time(year - 1), time(year + 9));
  const names = ['localhost', ...(/^[a-z0-9.-]+$/.test(host) ? [host] : [])].map((each) =>
    der(0x82, Buffer.from(each)),
  );
  const addresses = sequence(...names, der(0x87, Buffer.of(127, 0, 0, 1)));
  const isAuthority = subject === issuer ? [der(0x01, Buffer.of(0xff))] : [];
  const extensions = sequence(
    sequence(objectId('551d11'), der(0x04, addresses)),
    sequence(objectId('551d13'), der(0x01, Buffer.of(0xff)), der(0x04, sequence(...isAuthority))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    issuer.name,
    validity,
    subject.name,
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = createSign('sha256').update(body).sign(issuer.privateKey);
  const bytes = sequence(body, algorithm, der(0x03, Buffer.of(0), signature));
  const lines = bytes
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n');
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function time(year: number): Buffer {
  return der(0x18, Buffer.from(`${year}0101000000Z`));
}
