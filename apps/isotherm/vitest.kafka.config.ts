import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Services over a real broker. */
export default defineConfig({
  test: {
    name: 'isotherm over Kafka',
    include: ['kafka-tests/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 400_000,
    hookTimeout: 180_000,
    reporters: ['default', ['json', { outputFile: join(import.meta.dirname, '.cache/kafka-test-results.json') }]],
  },
});
