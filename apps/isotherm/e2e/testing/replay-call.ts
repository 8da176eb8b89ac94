import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, credentials, type MethodDefinition } from '@grpc/grpc-js';
import {
  type ReplayRequest,
  ReplayRequestSchema,
  type ReplayResponse,
  ReplayService,
} from '@isotherm/contracts/ingest/v1/replay_service';
import { grpcDefinition } from '@isotherm/service-kit';

/** Calls ingest's internal ReplayService, as the query service does. */
export async function callReplay(
  address: string,
  request: MessageInitShape<typeof ReplayRequestSchema>,
): Promise<ReplayResponse> {
  const client = new Client(address, credentials.createInsecure());
  const method = grpcDefinition(ReplayService)['replay'] as MethodDefinition<ReplayRequest, ReplayResponse>;
  const { path, requestSerialize, responseDeserialize } = method;
  try {
    return await new Promise((resolve, reject) => {
      const message = create(ReplayRequestSchema, request);
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, (error, response) => {
        if (error === null && response !== undefined) resolve(response);
        else reject(error);
      });
    });
  } finally {
    client.close();
  }
}
