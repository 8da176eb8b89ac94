import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCheckpointConformance } from '../conformance/checkpoint-conformance.ts';
import { openDirectoryBlobs } from './directory-blobs.ts';

describeCheckpointConformance('A directory', {
  create: () => mkdtemp(join(tmpdir(), 'isotherm-checkpoints-')),
  open: openDirectoryBlobs,
  remove: (path) => rm(path, { recursive: true }),
});
