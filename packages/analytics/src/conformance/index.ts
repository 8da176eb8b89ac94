export { describeAnalyticsStore, type Harness } from './analytics-conformance.ts';
export { minuteRows, rawRows, type SampleMinute } from './rows.ts';
