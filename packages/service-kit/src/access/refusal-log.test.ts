import { expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { createRefusalLog, peerAddressOf } from './refusal-log.ts';

it('Refusals are logged at once, and more of the same once a minute with their count', () => {
  const lines: { count: number; tenant?: string; msg: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  let nowMs = 0;
  const log = createRefusalLog(createLogger({ service: 'test', destination }), () => nowMs);
  const refusal = { id: 'PERMISSION_MISSING', tenant: 'north', peer: '10.0.0.7', call: 'a.B/C' };
  for (let i = 0; i < 50; i++) log.note(refusal);
  log.note({ ...refusal, tenant: 'south' });
  expect(lines).toMatchObject([
    { id: 'PERMISSION_MISSING', tenant: 'north', peer: '10.0.0.7', call: 'a.B/C', count: 1, msg: 'Call was refused' },
    { tenant: 'south', count: 1 },
  ]);
  nowMs = 60_000;
  log.note(refusal);
  expect(lines.at(-1)).toMatchObject({ tenant: 'north', count: 50 });
});

it('Peers are told apart by address, not by port', () => {
  expect(['127.0.0.1:4711', '[::1]:4711', 'ipv4:10.0.0.7:1'].map(peerAddressOf)).toEqual([
    '127.0.0.1',
    '::1',
    '10.0.0.7',
  ]);
});
