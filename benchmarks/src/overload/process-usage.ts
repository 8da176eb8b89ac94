import { readFileSync } from 'node:fs';

/** Memory of a process. */
export interface ProcessMemory {
  /** Held in memory and no copy of a file: heaps and buffers, in bytes. */
  readonly ownBytes: number;
  /** Held in memory altogether, pages of files included, in bytes. */
  readonly residentBytes: number;
}

/** Memory of a process as Linux reports it. */
function processMemory(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return {
    ownBytes: (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024,
    residentBytes: kilobytes('VmRSS') * 1024,
  };
}

/** CPU a process has used so far, all threads together, in seconds; Linux counts in hundredths. */
export function processCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: fields from the third on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Takes a reading now and again until it is stopped. @returns what stops it and gives the readings. */
export function watchMemory(pid: number, everyMs: number): () => readonly ProcessMemory[] {
  const readings = [processMemory(pid)];
  const timer = setInterval(() => readings.push(processMemory(pid)), everyMs);
  return () => {
    clearInterval(timer);
    return readings;
  };
}
