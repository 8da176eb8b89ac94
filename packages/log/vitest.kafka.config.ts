import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests over real brokers: one file after another, so that no two clusters share the processors. */
export default defineConfig({
  test: {
    name: 'log over Kafka',
    include: ['kafka-tests/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    // Brokers that start again on a busy machine take a minute.
    testTimeout: 400_000,
    hookTimeout: 180_000,
    reporters: ['default', ['json', { outputFile: join(import.meta.dirname, '.cache/kafka-test-results.json') }]],
  },
});
