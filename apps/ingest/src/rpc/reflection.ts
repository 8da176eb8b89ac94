import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ReflectionService } from '@grpc/reflection';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { service as healthDefinition } from 'grpc-health-check';

let shared: ReflectionService | undefined;

/** The services a server describes itself with: what grpcurl lists. One description serves all servers. */
export function describeServices(): ReflectionService {
  shared ??= createReflection();
  return shared;
}

function createReflection(): ReflectionService {
  const path = fileURLToPath(import.meta.resolve('@isotherm/contracts/descriptor.binpb'));
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(path));
  const described = Object.values(healthDefinition)[0]!.requestType;
  const platform = set.file.map((file) => Buffer.from(toBinary(FileDescriptorProtoSchema, file)));
  return new ReflectionService(
    {
      [IngestService.typeName]: { ...described, fileDescriptorProtos: platform },
      'grpc.health.v1.Health': described,
    },
    { services: [IngestService.typeName, 'grpc.health.v1.Health'] },
  );
}
