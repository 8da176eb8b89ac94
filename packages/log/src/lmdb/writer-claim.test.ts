import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkWriterFree, currentProcess, isRunning } from './writer-claim.ts';

describe('a process', () => {
  it('runs if it is this one', () => {
    expect(currentProcess().pid).toBe(process.pid);
    expect(isRunning(currentProcess())).toBe(true);
    expect(isRunning({ ...currentProcess(), startedAt: '' })).toBe(true);
  });

  it('is known by when it started, so that another of its number is another one', ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux says when a process started');
    const { startedAt, bootId, pidNamespace } = currentProcess();
    expect(readFileSync('/proc/self/stat', 'utf8').split(' ')).toContain(startedAt);
    expect([Number(startedAt) > 0, bootId.length > 0, pidNamespace.length > 0]).toEqual([true, true, true]);
    expect(isRunning({ ...currentProcess(), startedAt: `${startedAt}1` })).toBe(false);
  });

  it('of an earlier boot or another namespace counts as ended', () => {
    expect(isRunning({ ...currentProcess(), bootId: 'another' })).toBe(false);
    expect(isRunning({ ...currentProcess(), pidNamespace: 'another' })).toBe(false);
  });

  it('that ended does not run, whether or not it is known when it started', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    const pid = child.pid!;
    await once(child, 'exit');
    expect(isRunning({ ...currentProcess(), pid })).toBe(false);
    expect(isRunning({ ...currentProcess(), pid, startedAt: '' })).toBe(false);
  });
});

it('the right to write is free where nobody has it, where its holder ended, and where this process succeeds itself', () => {
  const place = { path: 'data', takeOver: false };
  const held = JSON.stringify(currentProcess());
  checkWriterFree(undefined, place);
  checkWriterFree(JSON.stringify({ ...currentProcess(), bootId: 'another' }), place);
  checkWriterFree(held, { ...place, takeOver: true });
  expect(() => checkWriterFree(held, place)).toThrow(`Process ${process.pid} is writing to the log in data.`);
  const parent = { ...currentProcess(), pid: process.ppid, startedAt: '' };
  expect(() => checkWriterFree(JSON.stringify(parent), { ...place, takeOver: true })).toThrow('is writing');
});
