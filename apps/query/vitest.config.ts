import { mergeConfig } from 'vitest/config';
import { sharedTestConfig } from '../../vitest.shared.ts';

// Polls wait for real sockets, also on a busy machine.
export default mergeConfig(sharedTestConfig(import.meta.dirname), {
  test: { expect: { poll: { timeout: 15_000, interval: 20 } } },
});
