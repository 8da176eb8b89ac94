import { mergeConfig } from 'vitest/config';
import { sharedTestConfig } from '../../vitest.shared.ts';

export default mergeConfig(sharedTestConfig(import.meta.dirname), {
  test: { include: ['e2e/**/*.test.ts'], testTimeout: 120_000 },
});
