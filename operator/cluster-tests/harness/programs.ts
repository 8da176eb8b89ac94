import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';

const SCRIPT = join(import.meta.dirname, '../../../tools/cluster/build.sh');

/** Programs of the control plane that were not built yet. */
export function missingPrograms(): readonly string[] {
  const { stdout } = spawnSync('bash', [SCRIPT, '--missing', 'control-plane'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
}

/** Paths of the programs of the control plane by name, built where they are missing. */
export function controlPlanePrograms(): Readonly<Record<string, string>> {
  const { stdout, status } = spawnSync('bash', [SCRIPT, 'control-plane'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`tools/cluster/build.sh control-plane ended with ${status}`);
  const paths = stdout.split('\n').filter((line) => line !== '');
  return Object.fromEntries(paths.map((path) => [basename(path), path]));
}
