/** What tests and tools of the platform take apart. */
export { decodePageToken, encodePageToken } from './rpc/page-token.ts';
export { cityState } from './testing/city-state.ts';
export { createFakeAnalytics, historyRow } from './testing/fake-analytics.ts';
export { startTestPlatform, type TestPlatform } from './testing/test-platform.ts';
