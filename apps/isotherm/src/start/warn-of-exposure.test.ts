import { createSelfSigned } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { resolveStartOptions, type StartOptions } from './start-options.ts';
import { warnOfExposure } from './warn-of-exposure.ts';

const tls = createSelfSigned('platform');
const tenants = { tenants: [{ name: 'north', tokens: ['token-of-the-north-station'] }] };
const PLAIN = 'Platform listens beyond this machine in plain text';
const OPEN = 'Anybody on the network may send, read and operate';

function warnings(options: Partial<StartOptions>, nowMs = Date.now()): string[] {
  const said: string[] = [];
  const warn = (fields: { advice: string }, message: string) => {
    expect(fields.advice).not.toBe('');
    said.push(message);
  };
  warnOfExposure(resolveStartOptions(options), { logger: { warn } as never, nowMs });
  return said;
}

it.each<[string, Partial<StartOptions>, string[]]>([
  ['says nothing on loopback', {}, []],
  ['says nothing of ::1', { host: '::1' }, []],
  ['warns of plain text and of everybody', { host: '0.0.0.0' }, [PLAIN, OPEN]],
  ['warns of plain text that tokens cross', { host: '192.168.1.7', tenants }, [PLAIN]],
  ['warns of everybody over TLS', { host: '::', tls }, [OPEN]],
  ['is content with tokens over TLS', { host: '0.0.0.0', tls, tenants }, []],
  [
    'is content where only certificates are let in',
    { host: '0.0.0.0', tls: { ...tls, clientAuthority: tls.certificate } },
    [],
  ],
])('%s', (_, options, expected) => {
  expect(warnings(options)).toEqual(expected);
});

it('warns of a certificate that is over, or not valid yet', () => {
  const twelveYearsMs = 12 * 366 * 86_400_000;
  expect(warnings({ tls }, Date.now() + twelveYearsMs)).toEqual(['Certificate is not valid now']);
  expect(warnings({ tls }, Date.now() - twelveYearsMs)).toEqual(['Certificate is not valid now']);
});
