import type { DescMethod } from '@bufbuild/protobuf';
import {
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js';
import { Health } from '@isotherm/contracts/grpc/health/v1/health';
import { ServerReflection } from '@isotherm/contracts/grpc/reflection/v1/reflection';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ReplayService } from '@isotherm/contracts/ingest/v1/replay_service';
import type { Runtime } from '@isotherm/runtime';
import { asIsothermError, peerAddressOf, type RefusalLog, toGrpcError } from '@isotherm/service-kit';
import type { ArrivingCall } from '../admission/admission.ts';
import { bodyTooSlow, tooManyBodies } from './body-errors.ts';

/** Bodies of unary calls of one connection that may be on their way at once. They are kept whole, and small ones come with their headers. */
const MAX_BODIES_PER_CONNECTION = 16;
/** How long the body of a unary call may take, in ms. */
const BODY_TIMEOUT_MS = 10_000;

const METHODS: ReadonlyMap<string, DescMethod> = new Map(
  [IngestService, ReplayService, Health, ServerReflection]
    .flatMap(({ methods }) => methods)
    .map((method) => [`/${method.parent.typeName}/${method.name}`, method]),
);

/**
 * Lets calls in by their headers: what a caller without a permission sends is neither kept nor read. Bodies of unary
 * calls come whole and soon, or the call ends.
 *
 * @param check throws where the caller may not make the call
 */
export function authenticateFirst(
  deps: {
    check(call: ArrivingCall, method: DescMethod): void;
    onRefused(tenant: string, error: unknown): void;
    readonly refusals: RefusalLog;
    readonly runtime: Pick<Runtime, 'after'>;
  },
  options: { readonly bodyTimeoutMs?: number } = {},
): ServerInterceptor {
  const { bodyTimeoutMs = BODY_TIMEOUT_MS } = options;
  const bodies = new Map<string, number>();

  /** Counts a body on its way. @returns a function that ends the count; idempotent. @throws IsothermError RESOURCE_EXHAUSTED */
  function expectBody(peer: string, late: () => void): () => void {
    const count = bodies.get(peer) ?? 0;
    if (count >= MAX_BODIES_PER_CONNECTION) throw tooManyBodies(MAX_BODIES_PER_CONNECTION);
    bodies.set(peer, count + 1);
    const timer = deps.runtime.after(bodyTimeoutMs, late);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      timer.cancel();
      const left = bodies.get(peer)! - 1;
      if (left === 0) bodies.delete(peer);
      else bodies.set(peer, left);
    };
  }

  return ({ path, requestStream }, call: ServerInterceptingCallInterface) => {
    const method = METHODS.get(path);
    const peer = call.getPeer();
    let bodyEnded = (): void => undefined;
    const refuse = (error: unknown) => {
      bodyEnded();
      const { code, details, metadata } = toGrpcError(error);
      call.sendStatus({ code, details, metadata });
      const { id, metadata: facts } = asIsothermError(error);
      deps.onRefused(facts['tenant'] ?? 'unknown', error);
      deps.refusals.note({ id, tenant: facts['tenant'], peer: peerAddressOf(peer), call: path });
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        try {
          // Versions of reflection that our contracts do not have say nothing either.
          if (method !== undefined) deps.check({ metadata, getPeer: () => peer }, method);
          if (!requestStream) bodyEnded = expectBody(peer, () => refuse(bodyTooSlow(bodyTimeoutMs)));
        } catch (error) {
          refuse(error);
          return;
        }
        next(metadata);
      })
      .withOnReceiveHalfClose((next) => {
        bodyEnded();
        next();
      })
      .withOnCancel(() => bodyEnded())
      .build();
    return new ServerInterceptingCall(call, new ResponderBuilder().withStart((next) => next(listener)).build());
  };
}
