import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import {
  type ReplayRequest,
  ReplayRequestSchema,
  type ReplayResponse,
  ReplayResponseSchema,
  ReplayService,
} from '@isotherm/contracts/ingest/v1/replay_service';
import { WireError } from '@isotherm/observation-wire';
import { asIsothermError, permissionOf, toGrpcError } from '@isotherm/service-kit';
import { unreadableMessage } from '../ingest-errors.ts';
import type { IngestLimits } from '../ingest-options.ts';
import { traceParentOf } from '../ingest-telemetry.ts';
import type { ReplayResult } from '../replay/replay-appender.ts';
import { type CallContext, callerContext, startIngestSpan } from './call-context.ts';

/** Handles `Replay`: dead letters into the log, answered when they are durable. */
export function createReplayHandler({ admission, replays, telemetry, limits, log, logger }: CallContext) {
  async function replay(call: ServerUnaryCall<Buffer, Buffer>, traceParent: string): Promise<ReplayResponse> {
    const admitted = admission.caller(call, permissionOf(ReplayService.method.replay)).admit(call.request.byteLength);
    try {
      const { rows } = decode(call.request, limits);
      admitted.rows(rows.length);
      const result = await replays.append(rows, traceParent);
      admitted.answered();
      telemetry.rowsReplayed({ ...result, refused: result.refused.length });
      return responseOf(result, log.incarnation);
    } catch (error) {
      admitted.failed(error);
      throw error;
    }
  }

  return (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    if (call.cancelled) return;
    const span = startIngestSpan(callerContext(call.metadata));
    replay(call, traceParentOf(span.spanContext())).then(
      (response) => {
        span.end();
        answer(null, Buffer.from(toBinary(ReplayResponseSchema, response)));
      },
      (error: unknown) => {
        if (asIsothermError(error).code === 'INTERNAL') logger.error({ err: error }, 'Replay failed inside ingest');
        span.recordException(error instanceof Error ? error : String(error));
        span.end();
        answer(toGrpcError(error));
      },
    );
  };
}

function decode(bytes: Buffer, limits: IngestLimits): ReplayRequest {
  try {
    if (bytes.byteLength > limits.maxMessageBytes) {
      throw new WireError(
        'tooManyBytes',
        `a message has ${bytes.byteLength} of at most ${limits.maxMessageBytes} bytes`,
      );
    }
    return fromBinary(ReplayRequestSchema, bytes);
  } catch (error) {
    const unreadable = error instanceof WireError ? error : new WireError('malformed', messageOf(error), error);
    throw unreadableMessage(unreadable, limits);
  }
}

function responseOf({ accepted, rejected, refused, positions }: ReplayResult, incarnation: string): ReplayResponse {
  return create(ReplayResponseSchema, {
    appended: accepted + rejected,
    refused: refused.map((row) => ({ ...row })),
    readToken: {
      incarnation,
      partitions: positions.map(([partition]) => partition),
      offsets: positions.map(([, offset]) => BigInt(offset)),
    },
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
