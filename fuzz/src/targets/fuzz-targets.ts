import type { FuzzTarget } from '../fuzz-target.ts';
import { apiTarget } from './api-target.ts';
import { checkpointTarget, segmentTarget } from './checkpoint-targets.ts';
import { clientAckTarget } from './client-ack-target.ts';
import { clientReadTarget } from './client-read-target.ts';
import { configTarget } from './config-target.ts';
import { ingestTarget } from './ingest-target.ts';
import { commitTarget, vectorTarget } from './log-targets.ts';
import { pageTokenTarget } from './page-token-target.ts';
import { readingFileTarget, readingsTarget } from './readings-targets.ts';
import { recordTarget } from './record-target.ts';
import { streamRequestTarget, unaryRequestTarget } from './wire-targets.ts';

/** All that is fuzzed. */
export const fuzzTargets: readonly FuzzTarget[] = [
  streamRequestTarget,
  unaryRequestTarget,
  ingestTarget,
  recordTarget,
  commitTarget,
  vectorTarget,
  checkpointTarget,
  segmentTarget,
  readingsTarget,
  readingFileTarget,
  configTarget,
  apiTarget,
  pageTokenTarget,
  clientAckTarget,
  clientReadTarget,
];
