import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DemandedFault, failOnDemand } from './fail-on-demand.ts';

let directory: string;
let path: string;
let stored: number[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isotherm-fault-'));
  path = join(directory, 'fault');
  stored = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const store = () => ({
  write: async (row: number) => {
    stored.push(row);
    return row;
  },
  count: async () => stored.length,
});
const demand = (fault: DemandedFault) => writeFileSync(path, fault);

test('a port without a file is the port itself', () => {
  const port = store();
  expect(failOnDemand(port, ['write'], undefined)).toBe(port);
});

test('calls go through while nothing is demanded', async () => {
  const port = failOnDemand(store(), ['write'], path);
  expect(await port.write(1)).toBe(1);
  expect(await port.count()).toBe(1);
});

test('a port that is away does nothing, and its other calls go through', async () => {
  const port = failOnDemand(store(), ['write'], path);
  demand('away');
  await expect(port.write(1)).rejects.toMatchObject({ id: 'FAULT_DEMANDED' });
  expect(await port.count()).toBe(0);
});

test('a port that fails after does what it was told', async () => {
  const port = failOnDemand(store(), ['write'], path);
  demand('fails after');
  await expect(port.write(1)).rejects.toMatchObject({ id: 'FAULT_DEMANDED' });
  expect(stored).toEqual([1]);
});

test('a port that hangs answers once the demand is gone', async () => {
  const port = failOnDemand(store(), ['write'], path);
  demand('hangs');
  const write = port.write(1);
  expect(await port.count()).toBe(0);
  rmSync(path);
  expect(await write).toBe(1);
});
