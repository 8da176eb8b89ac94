import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { type BatchIdentity, IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import {
  columnsOfRows,
  createIngestRequestDecoder,
  type DecodedIngestRequest,
  rowOfColumns,
  WireError,
} from '@isotherm/observation-wire';
import { permissionOf, toGrpcError } from '@isotherm/service-kit';
import type { Admitted } from '../admission/admission.ts';
import { appendFailed, unreadableMessage } from '../ingest-errors.ts';
import type { BatchIdentityFacts, BatchPart } from '../staging/batch-part.ts';
import { encodeIngestResponse } from './ack-message.ts';
import { type CallContext, callerContext, openDictionaries, startIngestSpan } from './call-context.ts';

/** Handles `Ingest`: one batch, answered when it is durable. */
export function createUnaryHandler(deps: CallContext) {
  const { pipeline, limits, telemetry, log, admission } = deps;
  const decoder = createIngestRequestDecoder({
    maxRows: limits.maxRowsPerMessage,
    maxMessageBytes: limits.maxMessageBytes,
  });
  return (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    if (call.cancelled) return;
    const span = startIngestSpan(callerContext(call.metadata));
    let tenant = 'unknown';
    let admitted: Admitted | undefined;
    const fail = (error: unknown): void => {
      span.recordException(error instanceof Error ? error : String(error));
      span.end();
      answer(toGrpcError(error));
    };
    try {
      const caller = admission.caller(call, permissionOf(IngestService.method.ingest));
      tenant = caller.tenant;
      const taken = caller.admit(call.request.byteLength);
      admitted = taken;
      const request = decoder.decode(call.request);
      const parts = partsOf(request, deps);
      taken.rows(parts.reduce((sum, part) => sum + part.columns.cityIndex.length, 0));
      pipeline.submit({
        identity: identityOf(caller.tenant, request.batch),
        parts,
        settle: (result) => {
          taken.answered();
          if (result.kind === 'failed') return fail(appendFailed(result.error));
          span.end();
          answer(null, encodeIngestResponse(result, log.incarnation));
        },
      });
      telemetry.batchStaged(span.isRecording() ? span.spanContext() : undefined);
    } catch (error) {
      admitted?.failed(error);
      telemetry.refused({ tenant, error });
      fail(error instanceof WireError ? unreadableMessage(error, limits) : error);
    }
  };
}

function identityOf(tenant: string, batch: BatchIdentity | undefined): BatchIdentityFacts {
  const createTime = batch?.createTime;
  return {
    tenant,
    producerId: batch?.producerId ?? '',
    session: batch?.session ?? 0n,
    sequence: Number(batch?.sequence ?? 0n),
    createdUnixMs:
      createTime === undefined ? 0 : Number(createTime.seconds) * 1000 + Math.floor(createTime.nanos / 1e6),
  };
}

/** Rows are numbered first, then columns. */
function partsOf({ rows, columns }: DecodedIngestRequest, deps: CallContext): BatchPart[] {
  const parts: BatchPart[] = [];
  if (rows.length > 0) {
    const converted = columnsOfRows(rows);
    const dictionaries = openDictionaries(deps);
    dictionaries.cities.append(converted.cities);
    dictionaries.sensors.append(converted.sensors);
    parts.push({ columns: converted, ...dictionaries, rowAt: (row) => rows[row]! });
  }
  if (columns !== undefined) {
    const dictionaries = openDictionaries(deps);
    dictionaries.cities.append(columns.cities);
    dictionaries.sensors.append(columns.sensors);
    const ids = { cities: dictionaries.cities.ids, sensors: dictionaries.sensors.ids };
    parts.push({ columns, ...dictionaries, rowAt: (row) => rowOfColumns(columns, row, ids) });
  }
  return parts;
}
