import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Lints the protos, compares them with the released ones, and checks that the generated code is theirs. */
const root = join(import.meta.dirname, '../..');
const generated = join(root, 'packages/contracts/src/gen');

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
}

const before = mkdtempSync(join(tmpdir(), 'isotherm-protos-'));
try {
  run('buf', 'lint');
  run('buf', 'format', '--diff', '--exit-code', '--path', 'proto/isotherm');
  run('buf', 'build', '-o', join(before, 'now.binpb'));
  run('buf', 'breaking', join(before, 'now.binpb'), '--against', 'proto/released.binpb', '--exclude-imports');
  rmSync(join(before, 'now.binpb'));
  cpSync(generated, before, { recursive: true });
  run('npm', 'run', '-s', 'generate');
  run('diff', '-r', before, generated);
} catch {
  process.stderr.write('Protos and generated code are not in order; `npm run generate` writes the code anew.\n');
  process.exitCode = 1;
} finally {
  rmSync(before, { recursive: true, force: true });
}
