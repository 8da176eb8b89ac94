import { Code } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';

/** How connect-es begins the message of a request whose bytes are not protobuf. It calls that an internal error. */
const PARSE_FAILURE = 'parse binary: ';
const GRPC_STATUS = 'grpc-status';
const GRPC_MESSAGE = 'grpc-message';
const OUR_FAULT = String(Code.Internal);
const THEIR_FAULT = String(Code.InvalidArgument);

/** The response with bytes that cannot be parsed blamed on who sent them: INVALID_ARGUMENT, not INTERNAL. */
export async function blameSender(response: UniversalServerResponse): Promise<UniversalServerResponse> {
  const { status, body, trailer } = response;
  if (status === 500 && body !== undefined) return await blameConnect(response, body);
  if (trailer !== undefined && body !== undefined) return { ...response, body: blameGrpc(body, trailer) };
  return response;
}

/** Connect's unary errors are JSON in one piece. */
async function blameConnect(
  response: UniversalServerResponse,
  body: AsyncIterable<Uint8Array>,
): Promise<UniversalServerResponse> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const error: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isParseFailure(error)) return { ...response, body: once(bytes) };
  const blamed = Buffer.from(JSON.stringify({ ...error, code: 'invalid_argument' }));
  const header = new Headers(response.header);
  header.set('content-length', String(blamed.length));
  return { ...response, status: 400, header, body: once(blamed) };
}

/** gRPC's status comes after the body. */
async function* blameGrpc(body: AsyncIterable<Uint8Array>, trailer: Headers): AsyncIterable<Uint8Array> {
  yield* body;
  const message = decodeURIComponent(trailer.get(GRPC_MESSAGE) ?? '');
  if (trailer.get(GRPC_STATUS) === OUR_FAULT && message.startsWith(PARSE_FAILURE)) {
    trailer.set(GRPC_STATUS, THEIR_FAULT);
    // The details repeat the status; without them the trailer is the only one.
    trailer.delete('grpc-status-details-bin');
  }
}

function isParseFailure(error: unknown): error is { readonly message: string } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string' &&
    error.message.startsWith(PARSE_FAILURE)
  );
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
