import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests against a real API server and controller manager: `npm run test:operator`. */
export default defineConfig({
  test: {
    name: 'operator-cluster',
    include: ['cluster-tests/**/*.test.ts'],
    globalSetup: ['cluster-tests/harness/shared-plane.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: ['verbose', ['json', { outputFile: join(import.meta.dirname, '.cache/cluster/test-results.json') }]],
  },
});
