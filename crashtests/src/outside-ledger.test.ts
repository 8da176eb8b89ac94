import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openOutsideLedger, parseLedger } from './outside-ledger.ts';

it('reads back what was sent and what was acked', () => {
  const ledger = openOutsideLedger(join(mkdtempSync(join(tmpdir(), 'isotherm-ledger-')), 'ledger'), 2);
  ledger.sending(0, 0);
  ledger.sending(1, 0);
  ledger.sending(0, 1);
  ledger.acked(0, 1, { accepted: 9, rejected: 1 });
  const { sent, acked, acceptedRows, rejectedRows } = ledger.read();
  ledger.close();
  expect({ sent, acceptedRows, rejectedRows }).toEqual({ sent: [2, 1], acceptedRows: 9, rejectedRows: 1 });
  expect(acked.map((batches) => [...batches])).toEqual([[1], []]);
});

it.each([
  ['a batch that was left out', 'sent 0 1\n'],
  ['an ack of what was not sent', 'sent 0 0\nacked 0 1 5 0\n'],
  ['a producer that there is not', 'sent 7 0\n'],
])('does not accept %s', (_, text) => {
  expect(() => parseLedger(text, 2)).toThrow(/ledger/);
});
