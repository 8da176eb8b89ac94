import { describeLogConformance } from '../conformance/log-conformance.ts';
import { createMemoryLog } from './memory-log.ts';

describeLogConformance('memory', {
  create: async (options) => createMemoryLog(options),
});
