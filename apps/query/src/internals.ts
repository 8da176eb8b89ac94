/** What tests and tools of the platform take apart. */
export { letterPageScope } from './dead-letters/letter-reads.ts';
export { decodePageToken, encodePageToken } from './rpc/page-token.ts';
export { cityState } from './testing/city-state.ts';
export { createFakeAnalytics, historyRow } from './testing/fake-analytics.ts';
export { createFakeDeadLetters, type FakeDeadLetters, lateLetter } from './testing/fake-dead-letters.ts';
export { type FakeIngest, startFakeIngest } from './testing/fake-ingest.ts';
export { startTestPlatform, type TestPlatform } from './testing/test-platform.ts';
