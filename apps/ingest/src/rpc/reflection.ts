import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { handleBidiStreamingCall, MethodDefinition, Server, ServiceDefinition } from '@grpc/grpc-js';
import { Health } from '@isotherm/contracts/grpc/health/v1/health';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ReplayService } from '@isotherm/contracts/ingest/v1/replay_service';
import { service as healthDefinition } from 'grpc-health-check';

/** A call of the library's, whose messages only it looks into. */
interface ReflectionMethod {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: handleBidiStreamingCall<unknown, unknown>;
}

const CALL = 'ServerReflectionInfo';
let described: ReadonlyMap<string, ReflectionMethod> | undefined;

/**
 * Lets a server describe its services: what grpcurl lists. The library and all descriptors are read when somebody first
 * asks, because they take as long as everything else of a start.
 */
export function addReflection(server: Server): void {
  for (const version of ['v1', 'v1alpha']) {
    const path = `/grpc.reflection.${version}.ServerReflection/${CALL}`;
    const method = (): ReflectionMethod => {
      described ??= describeServices();
      return described.get(path)!;
    };
    const definition: MethodDefinition<unknown, unknown> = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: (message) => method().definition.requestSerialize(message),
      requestDeserialize: (bytes) => method().definition.requestDeserialize(bytes),
      responseSerialize: (message) => method().definition.responseSerialize(message),
      responseDeserialize: (bytes) => method().definition.responseDeserialize(bytes),
    };
    const handle: ReflectionMethod['handle'] = (call) => method().handle(call);
    server.addService({ [CALL]: definition }, { [CALL]: handle });
  }
}

/** The library's methods by path. One description serves all servers. */
function describeServices(): ReadonlyMap<string, ReflectionMethod> {
  const { ReflectionService } = createRequire(import.meta.url)('@grpc/reflection') as typeof import('@grpc/reflection');
  const path = fileURLToPath(import.meta.resolve('@isotherm/contracts/descriptor.binpb'));
  const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(path));
  const fileDescriptorProtos = file.map((proto) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  // The library wants descriptors as its own loader hands them out; of these it looks at the files alone.
  const aMessage = Object.values(healthDefinition)[0]!.requestType;
  const service = new ReflectionService(
    { [IngestService.typeName]: { ...aMessage, fileDescriptorProtos } },
    { services: [IngestService.typeName, ReplayService.typeName, Health.typeName] },
  );
  const methods = new Map<string, ReflectionMethod>();
  const collector: Pick<Server, 'addService'> = {
    addService(definitions: ServiceDefinition, handlers) {
      for (const [name, definition] of Object.entries(definitions)) {
        methods.set(definition.path, { definition, handle: handlers[name] as ReflectionMethod['handle'] });
      }
    },
  };
  service.addToServer(collector as Server);
  return methods;
}
