import type { ServerDuplexStream } from '@grpc/grpc-js';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { createStreamRequestDecoder } from '@isotherm/observation-wire';
import { permissionOf, toGrpcError } from '@isotherm/service-kit';
import { ingestDraining } from '../ingest-errors.ts';
import type { CallContext } from './call-context.ts';
import { StreamSession } from './stream-session.ts';

/** Streams that are open, so that they can be told to go. */
export interface StreamCalls {
  readonly open: number;
  handle(call: ServerDuplexStream<Buffer, Buffer>): void;
  /** Ends every stream once what it sent is answered. */
  drain(): void;
}

/** Handles `IngestStream`. One decoder serves all streams: a batch is staged before the next message is decoded. */
export function createStreamCalls(deps: CallContext): StreamCalls {
  const sessions = new Set<StreamSession>();
  const decoder = createStreamRequestDecoder({
    maxRows: deps.limits.maxRowsPerMessage,
    maxMessageBytes: deps.limits.maxMessageBytes,
  });
  return {
    get open() {
      return sessions.size;
    },
    handle(call) {
      let tenant = 'unknown';
      try {
        const caller = deps.admission.caller(call, permissionOf(IngestService.method.ingestStream));
        tenant = caller.tenant;
        const close = caller.openStream();
        const session = new StreamSession(call, { ...deps, caller }, (bytes) => decoder.decode(bytes));
        sessions.add(session);
        session.run(() => {
          close();
          sessions.delete(session);
        });
      } catch (error) {
        deps.telemetry.refused({ tenant, error });
        call.emit('error', toGrpcError(error));
      }
    },
    drain() {
      for (const session of sessions) session.endWith(ingestDraining());
    },
  };
}
