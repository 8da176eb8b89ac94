import type { FuzzTarget } from '../fuzz-target.ts';
import { apiTarget } from './api-target.ts';
import { checkpointTarget, segmentTarget } from './checkpoint-targets.ts';
import { clientAckTarget } from './client-ack-target.ts';
import { clientReadTarget } from './client-read-target.ts';
import { configTarget } from './config-target.ts';
import { deadLetterTarget } from './dead-letter-target.ts';
import { ingestTarget } from './ingest-target.ts';
import { commitTarget, vectorTarget } from './log-targets.ts';
import { pageTokenTarget } from './page-token-target.ts';
import { readingFileTarget, readingsTarget } from './readings-targets.ts';
import { recordTarget } from './record-target.ts';
import { replayRecordTarget } from './replay-record-target.ts';
import { replayRequestTarget } from './replay-request-target.ts';
import { streamRequestTarget, unaryRequestTarget } from './wire-targets.ts';

/** All that is fuzzed. */
export const fuzzTargets: readonly FuzzTarget[] = [
  streamRequestTarget,
  unaryRequestTarget,
  ingestTarget,
  replayRequestTarget,
  recordTarget,
  replayRecordTarget,
  commitTarget,
  vectorTarget,
  checkpointTarget,
  segmentTarget,
  readingsTarget,
  readingFileTarget,
  configTarget,
  apiTarget,
  deadLetterTarget,
  pageTokenTarget,
  clientAckTarget,
  clientReadTarget,
];
