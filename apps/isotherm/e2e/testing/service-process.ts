import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { plainEnvironment } from './plain-environment.ts';
import { LAUNCHER, type ProcessEnd } from './platform-process.ts';

/** A line of a service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** A service in a process of its own. */
export interface ServiceProcess extends AsyncDisposable {
  readonly pid: number;
  /** Lines of its log so far. */
  readonly log: readonly LogLine[];
  /** Resolves with its addresses once it says that it is ready. */
  readonly ready: Promise<ServiceAddresses>;
  /** Resolves when it has ended. */
  readonly ended: Promise<ProcessEnd>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<ProcessEnd>;
}

/** Where a service listens, host:port. */
export interface ServiceAddresses {
  readonly address: string;
  readonly metricsAddress: string;
}

/** Starts `isotherm ROLE`. Ports are free ones unless flags say others. */
export function startServiceProcess(role: string, flags: readonly string[]): ServiceProcess {
  const ports = ['--port', '--metrics-port'].flatMap((flag) => (flags.includes(flag) ? [] : [flag, '0']));
  const child = spawn(process.execPath, [LAUNCHER, role, ...ports, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: plainEnvironment(),
  });
  let stdout = '';
  let stderr = '';
  const log: LogLine[] = [];
  const ready = Promise.withResolvers<ServiceAddresses>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const from = stderr.lastIndexOf('\n') + 1;
    stderr += text;
    for (const line of stderr.slice(from, stderr.lastIndexOf('\n') + 1).split('\n')) {
      if (!line.startsWith('{')) continue;
      const entry = JSON.parse(line) as LogLine;
      log.push(entry);
      if (entry.msg === 'Service is ready') ready.resolve(entry as unknown as ServiceAddresses);
    }
  });
  const ended = endOf(child, () => ({ stdout, stderr }));
  ended.then(
    ({ stderr: said }) => ready.reject(new Error(`isotherm ${role} ended: ${said}`)),
    () => undefined,
  );
  ready.promise.catch(() => undefined);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    log,
    ready: ready.promise,
    ended,
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

async function endOf(
  child: ChildProcess,
  output: () => { readonly stdout: string; readonly stderr: string },
): Promise<ProcessEnd> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output() };
}
