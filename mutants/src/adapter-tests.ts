/** What the adapters are made of and tested by: a verdict on one holds while these stay as they are. */
export const ADAPTER_TRIAL_FOLDERS: readonly string[] = ['packages/log/src', 'packages/log/test-support'];

const QUICK = ['commit-store', 'flush-state', 'writer-claim', 'open-lmdb-log', 'lmdb-log'];
/** Threads and processes beside each other, kills, and a limit that is reached: on the real LMDB. */
const SLOW = ['takeover', 'processes', 'crash', 'succession', 'size-limit'];

/**
 * The command that runs the tests of the log on the real LMDB, to the first that fails. By Node's own loader and in
 * threads of one process, so that the fault is seen wherever the file is loaded, and the processor time too.
 */
export function adapterTests(which: 'quick' | 'all'): readonly string[] {
  const files = which === 'quick' ? QUICK : [...QUICK, ...SLOW];
  return [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--root=packages/log',
    '--experimental.viteModuleRunner=false',
    '--experimental.nodeLoader=false',
    '--pool=threads',
    '--isolate=false',
    '--reporter=dot',
    '--bail=1',
    '--testTimeout=20000',
    '--hookTimeout=20000',
    ...files.map((name) => `src/lmdb/${name}.test.ts`),
  ];
}
