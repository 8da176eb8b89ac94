import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ReflectionService } from '@grpc/reflection';
import { Health } from '@isotherm/contracts/grpc/health/v1/health';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { ReplayService } from '@isotherm/contracts/ingest/v1/replay_service';
import { service as healthDefinition } from 'grpc-health-check';

let shared: ReflectionService | undefined;

/** The services a server describes itself with: what grpcurl lists. One description serves all servers. */
export function describeServices(): ReflectionService {
  shared ??= createReflection();
  return shared;
}

function createReflection(): ReflectionService {
  const path = fileURLToPath(import.meta.resolve('@isotherm/contracts/descriptor.binpb'));
  const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(path));
  const fileDescriptorProtos = file.map((proto) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  // The library wants descriptors as its own loader hands them out; of these it looks at the files alone.
  const described = Object.values(healthDefinition)[0]!.requestType;
  return new ReflectionService(
    { [IngestService.typeName]: { ...described, fileDescriptorProtos } },
    { services: [IngestService.typeName, ReplayService.typeName, Health.typeName] },
  );
}
