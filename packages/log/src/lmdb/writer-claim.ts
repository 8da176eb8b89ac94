import { readFileSync, readlinkSync } from 'node:fs';
import { IsothermError } from '@isotherm/service-kit';

/** Name of the fact that says who writes. It is read and changed in one transaction, so two starters cannot both win. */
export const WRITER_FACT = 'writer';

/** Name of the fact that ends a claim: once it is there, nothing is written under that claim any more. */
export function endOfClaim(id: string): string {
  return `writer-ended ${id}`;
}

/** The right to write, as the fact holds it. */
export interface WriterClaim extends ProcessIdentity {
  /** No other claim has it. */
  readonly id: string;
}

/** A process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot when it started; empty where the system does not say. */
  readonly startedAt: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

/** This process. */
export function currentProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    startedAt: startTicks(process.pid) ?? '',
    bootId: readText('/proc/sys/kernel/random/boot_id'),
    pidNamespace: pidNamespace(),
  };
}

/**
 * Whether a process still runs. One of an earlier boot or of another pid namespace counts as ended: a container that
 * was restarted on the same volume must not be kept out by its predecessor.
 */
export function isRunning(identity: ProcessIdentity): boolean {
  if (identity.bootId !== readText('/proc/sys/kernel/random/boot_id')) return false;
  if (identity.pidNamespace !== pidNamespace()) return false;
  if (identity.startedAt !== '') return startTicks(identity.pid) === identity.startedAt;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Where to write, and whether this process itself is known to write no more. */
export interface WriterPlace {
  readonly path: string;
  readonly takeOver: boolean;
}

/** @throws LOG_DIRECTORY_IN_USE if the fact names a process that still runs. */
export function checkWriterFree(fact: string | undefined, { path, takeOver }: WriterPlace): void {
  if (fact === undefined) return;
  const holder = JSON.parse(fact) as ProcessIdentity;
  if (!isRunning(holder) || (takeOver && isCurrentProcess(holder))) return;
  throw new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_DIRECTORY_IN_USE',
    message: `Process ${holder.pid} is writing to the log in ${path}.`,
    advice: 'Stop that process, or choose another data directory.',
    metadata: { path, pid: String(holder.pid) },
  });
}

/** Whether the identity is this process's; called after {@link isRunning}, which compares boot and namespace. */
function isCurrentProcess({ pid, startedAt }: ProcessIdentity): boolean {
  const current = currentProcess();
  return current.pid === pid && current.startedAt === startedAt;
}

function startTicks(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; the start time is the 20th field after it (proc(5)).
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
