export { describeAnalyticsStore } from './analytics-conformance.ts';
export type { Harness } from './harness.ts';
export { optimizeTables } from './optimize-tables.ts';
export { minuteRows, rawRows, type SampleMinute } from './rows.ts';
