import { create } from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import {
  type ReplayRequest,
  ReplayRequestSchema,
  type ReplayResponse,
  ReplayService,
} from '@isotherm/contracts/ingest/v1/replay_service';
import { type ErrorCode, grpcDefinition, IsothermError } from '@isotherm/service-kit';
import { context, propagation } from '@opentelemetry/api';
import { readDetails } from '../shards/shard-error.ts';
import type { ReplayPort } from './replay-port.ts';

const RETRY_AFTER_MS = 1000;

/** Where ingest answers, and what it wants to be told. */
export interface IngestTarget {
  /** host:port. */
  readonly address: string;
  /** Bearer token. Default none. */
  readonly token?: string;
  /** What both sides show each other, as PEM. Default none: plain text. */
  readonly tls?: { readonly certificate: Uint8Array; readonly key: Uint8Array; readonly authority: Uint8Array };
}

/** Opens a client of ingest. It connects when first used, and again by itself. */
export function openReplayClient({ address, token, tls }: IngestTarget): ReplayPort {
  const client = new Client(address, credentialsOf(tls), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
  });
  const method = grpcDefinition(ReplayService)['replay'] as MethodDefinition<ReplayRequest, ReplayResponse>;
  return {
    replay: (rows, { signal, deadlineMs }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const request = create(ReplayRequestSchema, { rows: [...rows] });
        const { path, requestSerialize, responseDeserialize } = method;
        const sent = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadataOf(token),
          { deadline: deadlineMs },
          (error, response) => {
            signal.removeEventListener('abort', cancel);
            if (error === null && response !== undefined) resolve(response);
            else reject(ingestError(error));
          },
        );
        const cancel = () => sent.cancel();
        signal.addEventListener('abort', cancel, { once: true });
      }),
    close: () => client.close(),
  };
}

function credentialsOf(tls: IngestTarget['tls']): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { authority, key, certificate } = tls;
  return credentials.createSsl(Buffer.from(authority), Buffer.from(key), Buffer.from(certificate));
}

/** The caller's trace goes on in ingest. */
function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  propagation.inject(context.active(), metadata, { set: (carrier, key, value) => carrier.set(key, value) });
  return metadata;
}

/** A failed replay as this API tells it, in ingest's own words where it has some. */
function ingestError(cause: ServiceError | null): IsothermError {
  const { reason, metadata = {}, retryAfterMs } = cause === null ? {} : readDetails(cause);
  const common = { metadata, ...(cause !== null && { cause }) };
  switch (cause?.code) {
    case status.UNAVAILABLE:
      return new IsothermError({
        ...common,
        code: 'UNAVAILABLE',
        id: reason ?? 'INGEST_UNAVAILABLE',
        message: reason === undefined ? 'Ingest does not answer; nothing counts as replayed.' : cause.details,
        ...(reason === undefined && { advice: 'Replay again shortly: what did arrive is not counted twice.' }),
        retryAfterMs: retryAfterMs ?? RETRY_AFTER_MS,
      });
    case status.DEADLINE_EXCEEDED:
    case status.CANCELLED:
      return new IsothermError({
        ...common,
        code: 'DEADLINE_EXCEEDED',
        id: reason ?? 'REPLAY_TOO_SLOW',
        message: 'Ingest did not answer in time.',
        advice: 'Replay again: what did arrive is not counted twice.',
      });
    case status.RESOURCE_EXHAUSTED:
    case status.INVALID_ARGUMENT:
      return new IsothermError({
        ...common,
        code: status[cause.code] as ErrorCode,
        id: reason ?? 'REPLAY_REFUSED',
        message: cause.details,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    default:
      return new IsothermError({
        ...common,
        code: 'INTERNAL',
        id: 'REPLAY_FAILED',
        message: 'Ingest failed; its log says why.',
      });
  }
}
