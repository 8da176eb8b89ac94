import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { startProgram } from './run-program.ts';

/** An example in another language: its folder, and what a machine must have to run it. */
export interface ForeignExample {
  readonly name: string;
  readonly folder: string;
  /** Command that succeeds where the toolchain is there. */
  readonly probe: readonly [string, ...string[]];
  readonly remedy: string;
}

const INSTALL_DEADLINE_MS = 400_000;

/** What pip and Go print when a download was tried and nobody answered. */
const NO_NETWORK =
  /name resolution|no such host|Name or service not known|NewConnectionError|ConnectTimeout|Read timed out|Network is unreachable|connection refused|i\/o timeout|TLS handshake timeout|Could not fetch URL|proxyconnect/i;

/**
 * Makes an example ready to run. What it needs is downloaded once and kept under .cache.
 * @returns why it cannot be run here; undefined if it can.
 * @throws if the toolchain is missing in CI, or if installing failed for another reason than the network.
 */
export async function whyNotRunnable(example: ForeignExample): Promise<string | undefined> {
  const [command, ...args] = example.probe;
  if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0) {
    const reason = `${example.name} is missing: ${example.remedy}`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    return warn(example, reason);
  }
  const install = startProgram('bash', [join(example.folder, 'run.sh'), '--install'], INSTALL_DEADLINE_MS);
  const { code, signal, output } = await install.end;
  if (code === 0) return undefined;
  if (signal !== null || NO_NETWORK.test(output)) {
    const cause = output.trim().split('\n').at(-1);
    return warn(example, `its packages are not under .cache and cannot be downloaded: ${cause ?? 'no answer in time'}`);
  }
  throw new Error(`Installing for the ${example.name} example failed:\n${output}`);
}

function warn(example: ForeignExample, reason: string): string {
  process.stderr.write(`\n*** THE ${example.name.toUpperCase()} EXAMPLE WAS NOT RUN: ${reason} ***\n\n`);
  return reason;
}
