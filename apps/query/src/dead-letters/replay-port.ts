import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ReplayResponse, ReplayRowSchema } from '@isotherm/contracts/ingest/v1/replay_service';
import type { CallTiming } from '../call.ts';

/** The way back into the log: ingest's ReplayService. */
export interface ReplayPort {
  /**
   * Resolves when the rows are durable, in their order; at most 10,000. Sending them again is harmless, also after an
   * error that leaves open whether they arrived.
   */
  replay(rows: readonly MessageInitShape<typeof ReplayRowSchema>[], call: CallTiming): Promise<ReplayResponse>;
  close(): void;
}
