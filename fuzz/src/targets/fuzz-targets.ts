import type { FuzzTarget } from '../fuzz-target.ts';
import { apiTarget, pageTokenTarget } from './api-targets.ts';
import { checkpointTarget, segmentTarget } from './checkpoint-targets.ts';
import { clientAckTarget, clientReadTarget } from './client-targets.ts';
import { configTarget, readingFileTarget, readingsTarget } from './file-targets.ts';
import { ingestTarget } from './ingest-target.ts';
import { commitTarget, vectorTarget } from './log-targets.ts';
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
