import { expect, it } from 'vitest';
import { tlsTrouble } from './tls-trouble.ts';

it.each([
  ['self-signed certificate; if the root CA is installed locally, try …', 'not trusted (self-signed certificate)'],
  [
    "Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in the list",
    'or the address as the certificate has it',
  ],
  ['error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required', '--cert and --key'],
  ['write EPROTO error:0A0000C6:SSL routines:tls_get_more_records:packet length too long', 'http://'],
  ['Parse Error: Expected HTTP/, RTSP/ or ICE/', 'https://'],
])('of %j says what to do', (text, sentence) => {
  expect(tlsTrouble(text)).toContain(sentence);
});

it('says nothing of failures of another kind', () => {
  expect(tlsTrouble('connect ECONNREFUSED 127.0.0.1:8080')).toBeUndefined();
});
