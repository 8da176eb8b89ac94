import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from '../make/mutant.ts';
import { mutated } from '../make/mutant.ts';
import { ROOT } from '../mutated-files.ts';
import type { HookedMutant } from './hooked-mutant.ts';

/** What a run came to. `timeout` and `memory`: it was ended at a limit, which counts as noticed. */
export type Verdict = 'survived' | 'killed' | 'timeout' | 'memory';

/** What a child may take. */
export interface ChildLimits {
  /** Processor time, in ms: what others do on the machine does not count. */
  readonly cpuMs: number;
  /** Time, in ms: for a child that waits for ever. */
  readonly wallMs: number;
  /** Resident memory, in bytes. */
  readonly memoryBytes: number;
}

/** How a child ended. */
export interface ChildEnd {
  readonly verdict: Verdict;
  readonly exitCode: number | undefined;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The last lines it wrote. */
  readonly lastWords: string;
}

const HOOK = new URL('./hook.ts', import.meta.url).href;
const LOOK_EVERY_MS = 250;
const LAST_WORDS_MS = 500;
const CLOCK_TICK_MS = 10;
const PAGE_BYTES = 4096;
const SPARE_CPU_SECONDS = 5;
const MAX_WORDS = 2000;

/** Runs a command, with a fault in one file or without. */
export async function runChild(
  command: readonly string[],
  options: {
    readonly mutant?: { readonly mutant: Mutant; readonly source: string };
    readonly limits: ChildLimits;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<ChildEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'isotherm-mutant-'));
  try {
    const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
    if (options.mutant !== undefined) {
      const { mutant, source } = options.mutant;
      const url = pathToFileURL(join(ROOT, mutant.file)).href;
      const told: HookedMutant = { url, source: mutated(source, mutant) };
      env['ISOTHERM_MUTANT'] = join(folder, 'mutant.json');
      writeFileSync(env['ISOTHERM_MUTANT'], JSON.stringify(told));
    }
    const heapMb = Math.floor(options.limits.memoryBytes / 2 ** 20);
    // An option of the environment also reaches the threads and processes that the command starts.
    env['NODE_OPTIONS'] = `--import ${HOOK} ${env['NODE_OPTIONS'] ?? ''}`;
    const args = [`--max-old-space-size=${heapMb}`, ...command];
    // The kernel's limit holds also when this process is killed: an endless mutant must not outlive it.
    const seconds = Math.ceil(options.limits.cpuMs / 1000) + SPARE_CPU_SECONDS;
    const shell = ['-c', `ulimit -t ${seconds}; exec "$0" "$@"`, process.execPath, ...args];
    const child = spawn('sh', shell, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    try {
      return await ended(child, options.limits);
    } finally {
      process.off('exit', end);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ended(child: ChildProcess, limits: ChildLimits): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now();
    let cpuMs = 0;
    let over: Verdict | undefined;
    let words = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        words = (words + bytes.toString()).slice(-MAX_WORDS);
      });
    }
    const timer = setInterval(() => {
      const used = usageOf(child.pid);
      if (used === undefined) return;
      cpuMs = used.cpuMs;
      if (cpuMs > limits.cpuMs || performance.now() - beganMs > limits.wallMs) over = 'timeout';
      else if (used.memoryBytes > limits.memoryBytes * 1.5) over = 'memory';
      else return;
      child.kill('SIGKILL');
    }, LOOK_EVERY_MS);
    child.on('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    // What it started may outlive it and hold its pipes.
    child.on('exit', () =>
      setTimeout(() => void [child.stdout, child.stderr].map((stream) => stream?.destroy()), LAST_WORDS_MS),
    );
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({
        verdict: over ?? (code === 0 ? 'survived' : 'killed'),
        exitCode: code ?? undefined,
        cpuMs,
        wallMs: performance.now() - beganMs,
        lastWords: words.trim(),
      });
    });
  });
}

/** Processor time and memory of a process, as the kernel counts them; undefined once it is gone, or elsewhere than on Linux. */
function usageOf(pid: number | undefined): { readonly cpuMs: number; readonly memoryBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; user and system time are the 14th and 15th field, pages the 24th.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return {
      cpuMs: ((fields[11] ?? 0) + (fields[12] ?? 0)) * CLOCK_TICK_MS,
      memoryBytes: (fields[21] ?? 0) * PAGE_BYTES,
    };
  } catch {
    return undefined;
  }
}
