import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from './plain-environment.ts';

/** Where the platform listens; 0 in a request means any free port. */
export interface PlatformPorts {
  readonly ingest: number;
  readonly api: number;
  readonly metrics: number;
}

/** What to start. */
export interface PlatformProcessOptions {
  readonly dataDirectory: string;
  /** Default any free ones. */
  readonly ports?: PlatformPorts;
  /** Further flags of `isotherm start`. Default none; the demo feed is always off. */
  readonly flags?: readonly string[];
  /** Further environment variables. Default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take until it is ready, in ms. Default 120,000. */
  readonly readyWithinMs?: number;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The platform in a process of its own, as a newcomer starts it. */
export interface PlatformProcess extends AsyncDisposable {
  readonly pid: number;
  readonly ports: PlatformPorts;
  /** host:port of gRPC ingest. */
  readonly ingestAddress: string;
  /** http://host:port of the public API; https where it has a certificate. */
  readonly apiUrl: string;
  /** http://host:port of health and metrics. */
  readonly metricsUrl: string;
  /** What it has printed so far. */
  readonly stdout: string;
  /** Its log lines so far, and why it ended if it did. */
  readonly stderr: string;
  /** Resolves when it has ended, by itself or because it was told to. */
  readonly ended: Promise<ProcessEnd>;
  /** Whether it has not ended yet. */
  readonly running: boolean;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<ProcessEnd>;
}

/** The launcher that `npx isotherm` runs. */
export const LAUNCHER = fileURLToPath(new URL('../../bin/isotherm.js', import.meta.url));

/** Starts `isotherm start --no-feed` and resolves when its summary names all addresses. @throws with its standard error if it ends before. */
export async function startPlatformProcess(options: PlatformProcessOptions): Promise<PlatformProcess> {
  const { dataDirectory, ports = { ingest: 0, api: 0, metrics: 0 }, flags = [], env = {} } = options;
  const where = ['--ingest-port', ports.ingest, '--api-port', ports.api, '--metrics-port', ports.metrics].map(String);
  const child = spawn(
    process.execPath,
    [LAUNCHER, 'start', '--no-feed', '--data-dir', dataDirectory, ...where, ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'], env: plainEnvironment(env) },
  );
  const ended = watchEnd(child);
  const summary = await Promise.race([
    readSummary(child, ended.stdout),
    ended.end.then(({ stderr }) => Promise.reject(new Error(`The platform did not start: ${stderr}`))),
    expire(options.readyWithinMs ?? 120_000),
  ]).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended.end;
  };
  return {
    ...summary,
    pid: child.pid ?? 0,
    get stdout() {
      return ended.stdout();
    },
    get stderr() {
      return ended.stderr();
    },
    ended: ended.end,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

function watchEnd(child: ChildProcess): { readonly end: Promise<ProcessEnd>; stdout(): string; stderr(): string } {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const end = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  return { end, stdout: () => stdout, stderr: () => stderr };
}

type Addresses = Pick<PlatformProcess, 'ports' | 'ingestAddress' | 'apiUrl' | 'metricsUrl'>;

function readSummary(child: ChildProcess, stdout: () => string): Promise<Addresses> {
  return new Promise((resolve) => {
    const look = () => {
      const text = stdout();
      const ingest = /^ +Ingest +(\S+:(\d+))/m.exec(text);
      const api = /^ +API +(https?:\S+:(\d+))/m.exec(text);
      const metrics = /^ +Metrics +(https?:\S+:(\d+))\/metrics/m.exec(text);
      if (!ingest?.[1] || !api?.[1] || !metrics?.[1] || !text.includes('Ctrl-C stops it')) return;
      child.stdout?.off('data', look);
      resolve({
        ports: { ingest: Number(ingest[2]), api: Number(api[2]), metrics: Number(metrics[2]) },
        ingestAddress: ingest[1],
        apiUrl: api[1],
        metricsUrl: metrics[1],
      });
    };
    child.stdout?.on('data', look);
  });
}

function expire(afterMs: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`The platform was not ready after ${afterMs} ms`)), afterMs).unref();
  });
}
