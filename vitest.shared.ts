import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What every package's tests share. A package's vitest.config.ts calls it with its own folder. */
export function sharedTestConfig(folder: string) {
  const name = basename(folder);
  return defineConfig({
    test: {
      name,
      include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'regression/**/*.test.ts'],
      pool: 'forks',
      testTimeout: 30_000,
      hookTimeout: 60_000,
      reporters: ['default', ['json', { outputFile: join(folder, '.cache/test-results.json') }]],
    },
  });
}
