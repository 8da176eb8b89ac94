import { sharedTestConfig } from '../../vitest.shared.ts';

const shared = sharedTestConfig(import.meta.dirname);
// The first run on a machine installs what the Python and Go examples need.
export default { ...shared, test: { ...shared.test, name: 'examples', testTimeout: 120_000, hookTimeout: 600_000 } };
