import { defineConfig, mergeConfig } from 'vitest/config';
import { sharedTestConfig } from '../../vitest.shared.ts';

export default mergeConfig(
  sharedTestConfig(import.meta.dirname),
  defineConfig({
    test: {
      include: ['e2e/**/*.test.ts'],
      fileParallelism: false,
      // A browser that draws in software on a busy machine takes its time.
      testTimeout: 90_000,
    },
  }),
);
