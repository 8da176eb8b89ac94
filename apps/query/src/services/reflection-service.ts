import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import {
  type ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from '@isotherm/contracts/grpc/reflection/v1/reflection';

type Answer = ServerReflectionResponse['messageResponse'];

/**
 * grpc.reflection.v1: tells clients like grpcurl the contracts, from the descriptor set that the code was generated with.
 * Comments of contracts that are not ours are left out: they are most of the set, and in /descriptor.binpb.
 */
export function createReflectionService(
  descriptorSet: Uint8Array,
  services: readonly string[],
): ServiceImpl<typeof ServerReflection> {
  const set = fromBinary(FileDescriptorSetSchema, descriptorSet);
  const registry = createFileRegistry(set);
  const files = new Map(set.file.map((file) => [file.name, file]));
  const encoded = new Map<string, Uint8Array>();

  function encode(file: FileDescriptorProto): Uint8Array {
    let bytes = encoded.get(file.name);
    if (bytes === undefined) {
      const bare = { ...file };
      if (!file.package.startsWith('isotherm.')) delete bare.sourceCodeInfo;
      bytes = toBinary(FileDescriptorProtoSchema, bare);
      encoded.set(file.name, bytes);
    }
    return bytes;
  }

  /** The file and everything it imports, itself first. */
  function withImports(name: string): Uint8Array[] {
    const seen = new Set<string>();
    const visit = (next: string) => {
      const file = files.get(next);
      if (file === undefined || seen.has(next)) return;
      seen.add(next);
      for (const dependency of file.dependency) visit(dependency);
    };
    visit(name);
    return [...seen].flatMap((file) => encode(files.get(file)!));
  }

  function fileAnswer(name: string | undefined, asked: string): Answer {
    if (name === undefined || !files.has(name)) return notFound(asked);
    return {
      case: 'fileDescriptorResponse',
      value: { $typeName: 'grpc.reflection.v1.FileDescriptorResponse', fileDescriptorProto: withImports(name) },
    };
  }

  /** The file that declares a message, enum, service, extension, or a member of one. */
  function fileOfSymbol(symbol: string): string | undefined {
    const own = registry.get(symbol) ?? registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.'))));
    return own === undefined ? undefined : `${own.file.name}.proto`;
  }

  function answer({ messageRequest: asked }: ServerReflectionRequest): Answer {
    switch (asked.case) {
      case 'listServices':
        return {
          case: 'listServicesResponse',
          value: {
            $typeName: 'grpc.reflection.v1.ListServiceResponse',
            service: services.map((name) => ({ $typeName: 'grpc.reflection.v1.ServiceResponse', name })),
          },
        };
      case 'fileByFilename':
        return fileAnswer(asked.value, asked.value);
      case 'fileContainingSymbol':
        return fileAnswer(fileOfSymbol(asked.value), asked.value);
      case 'fileContainingExtension': {
        const { containingType, extensionNumber } = asked.value;
        const message = registry.getMessage(containingType);
        const extension = message && registry.getExtensionFor(message, extensionNumber);
        return fileAnswer(extension && `${extension.file.name}.proto`, `${containingType} ${extensionNumber}`);
      }
      case 'allExtensionNumbersOfType': {
        const extensionNumber = [...registry]
          .filter((desc) => desc.kind === 'extension')
          .filter((desc) => desc.extendee.typeName === asked.value)
          .map((desc) => desc.number);
        if (registry.getMessage(asked.value) === undefined) return notFound(asked.value);
        return {
          case: 'allExtensionNumbersResponse',
          value: {
            $typeName: 'grpc.reflection.v1.ExtensionNumberResponse',
            baseTypeName: asked.value,
            extensionNumber,
          },
        };
      }
      default:
        return failure(Code.InvalidArgument, 'message_request is not set');
    }
  }

  return {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) {
        yield create(ServerReflectionResponseSchema, {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request),
        });
      }
    },
  };
}

function notFound(what: string): Answer {
  return failure(Code.NotFound, `${what} is not known here`);
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return {
    case: 'errorResponse',
    value: { $typeName: 'grpc.reflection.v1.ErrorResponse', errorCode, errorMessage },
  };
}
