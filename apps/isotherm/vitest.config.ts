import { mergeConfig } from 'vitest/config';
import { sharedTestConfig } from '../../vitest.shared.ts';

export default mergeConfig(sharedTestConfig(import.meta.dirname), {
  test: { include: ['e2e/**/*.test.ts'], testTimeout: 240_000, hookTimeout: 120_000 },
});
