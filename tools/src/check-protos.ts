import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Lints the protos, compares them with the released ones, and checks that the generated code is theirs. Code is
 * generated beside the tree, never in it: tests run at the same time.
 */
const root = join(import.meta.dirname, '../..');
const GENERATED = 'packages/contracts/src/gen';
const RELEASED = 'proto/released.binpb';

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
}

const scratch = mkdtempSync(join(tmpdir(), 'isotherm-protos-'));
const image = join(scratch, 'now.binpb');
try {
  run('buf', 'lint');
  run('buf', 'format', '--diff', '--exit-code', '--path', 'proto/isotherm');
  run('buf', 'build', '-o', image);
  if (existsSync(join(root, RELEASED))) run('buf', 'breaking', image, '--against', RELEASED, '--exclude-imports');
  run('buf', 'generate', '-o', scratch);
  run('buf', 'build', '--as-file-descriptor-set', '-o', join(scratch, GENERATED, 'descriptor.binpb'));
  run('diff', '-r', join(scratch, GENERATED), GENERATED);
} catch {
  process.stderr.write('Protos and generated code are not in order; `npm run generate` writes the code anew.\n');
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
