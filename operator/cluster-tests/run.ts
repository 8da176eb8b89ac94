import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { missingPrograms } from './harness/programs.ts';

/** Runs the tests against a real control plane, or says why not. */
const missing = missingPrograms();
if (missing.length > 0 && spawnSync('go', ['version']).status !== 0) {
  process.stdout.write(
    `skipped: ${missing.join(', ')} must be built from Go modules, and there is no Go here (install Go 1.26 from go.dev/dl)\n`,
  );
} else {
  const config = join(import.meta.dirname, '../vitest.cluster.config.ts');
  const args = ['vitest', 'run', '--config', config, ...process.argv.slice(2)];
  const { status } = spawnSync('npx', args, { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
