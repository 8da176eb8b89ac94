import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { markPhases } from './mark-phases.ts';

class Port {
  readonly #name = 'port';

  async append(count: number): Promise<string> {
    if (count < 0) throw new Error('too few');
    return `${this.#name} ${count}`;
  }

  async read(): Promise<string> {
    return this.#name;
  }
}

function phaseFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'isotherm-phases-')), 'phases');
}

it('marks where a call begins and ends, also one that fails, and changes nothing of its answer', async () => {
  const path = phaseFile();
  const port = markPhases(new Port(), { append: 'append' }, path);
  expect(await port.append(3)).toBe('port 3');
  await expect(port.append(-1)).rejects.toThrow('too few');
  expect(await port.read()).toBe('port');
  const marks = readFileSync(path, 'utf8').trim().split('\n');
  expect(marks.map((mark) => mark.replace(/\d+\.(\d+)$/, '$1'))).toEqual([
    '+append 1',
    '-append 1',
    '+append 2',
    '-append 2',
  ]);
});

it('is the port itself where no file is named', () => {
  const port = new Port();
  expect(markPhases(port, { append: 'append' }, undefined)).toBe(port);
});
