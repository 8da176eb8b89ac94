import type { DescService } from '@bufbuild/protobuf';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ReplayService } from '@isotherm/contracts/ingest/v1/replay_service';

const asIs = (bytes: Buffer): Buffer => bytes;

/** The service as grpc-js serves it: messages stay bytes, since the hot path decodes and encodes them itself. */
export const INGEST_DEFINITION: ServiceDefinition = definitionOf(IngestService);

/** The internal service beside it. */
export const REPLAY_DEFINITION: ServiceDefinition = definitionOf(ReplayService);

function definitionOf(service: DescService): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method) => {
      const streams = method.methodKind === 'bidi_streaming';
      return [
        method.localName,
        {
          path: `/${service.typeName}/${method.name}`,
          requestStream: streams,
          responseStream: streams,
          requestSerialize: asIs,
          requestDeserialize: asIs,
          responseSerialize: asIs,
          responseDeserialize: asIs,
        },
      ];
    }),
  );
}
