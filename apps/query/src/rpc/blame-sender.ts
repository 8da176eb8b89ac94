import { Code, type ConnectError, encodeBinaryHeader } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { endStreamFlag, errorToJson } from '@connectrpc/connect/protocol-connect';
import { IsothermError, statusBytes, toConnectError } from '@isotherm/service-kit';
import { ENVELOPE_BYTES, endEnvelope } from './end-envelope.ts';

/** What connect-es says about a request that cannot be read, as it begins or holds it, and what that is. */
type Fault = 'unreadable' | 'too large';
const FAULTS: readonly (readonly [pattern: RegExp, fault: Fault])[] = [
  // It calls this an internal error.
  [/^parse binary: /, 'unreadable'],
  // It calls this an exhausted resource, as if the same request could pass later.
  [/ is larger than configured readMaxBytes/, 'too large'],
];

const GRPC_STATUS = 'grpc-status';
const GRPC_MESSAGE = 'grpc-message';
const GRPC_DETAILS = 'grpc-status-details-bin';

/**
 * The response with a request that cannot be read blamed on who sent it: INVALID_ARGUMENT, and over Connect 400, or 413
 * where it is too large.
 */
export async function blameSender(
  response: UniversalServerResponse,
  maxRequestBytes: number,
): Promise<UniversalServerResponse> {
  const { status, header, body, trailer } = response;
  if (body === undefined) return response;
  const blame = (message: string) => blamed(message, maxRequestBytes);
  if (header?.get('content-type')?.startsWith('application/connect+')) {
    return { ...response, body: blameInStream(body, blame) };
  }
  if (trailer !== undefined && header?.get('content-type')?.startsWith('application/grpc')) {
    return { ...response, body: blameInTrailer(body, trailer, blame) };
  }
  return status >= 400 ? await blameInBody(response, body, blame) : response;
}

type Blame = (message: string) => { readonly error: ConnectError; readonly fault: Fault } | undefined;

function blamed(message: string, maxRequestBytes: number): ReturnType<Blame> {
  const fault = FAULTS.find(([pattern]) => pattern.test(message))?.[1];
  if (fault === undefined) return undefined;
  const error =
    fault === 'too large'
      ? new IsothermError({
          code: 'INVALID_ARGUMENT',
          id: 'REQUEST_TOO_LARGE',
          message: `The request has more than ${maxRequestBytes} bytes, the most this server takes.`,
          advice: 'Ask for less at once, or raise the setting maxRequestBytes.',
          metadata: { setting: 'maxRequestBytes', limit: String(maxRequestBytes) },
        })
      : new IsothermError({ code: 'INVALID_ARGUMENT', id: 'REQUEST_INVALID', message });
  return { error: toConnectError(error), fault };
}

/** Connect's unary errors are JSON in one piece. */
async function blameInBody(
  response: UniversalServerResponse,
  body: AsyncIterable<Uint8Array>,
  blame: Blame,
): Promise<UniversalServerResponse> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const found = blame(messageOf(bytes));
  if (found === undefined) return { ...response, body: once(bytes) };
  const rewritten = Buffer.from(JSON.stringify(errorToJson(found.error, undefined)));
  const header = new Headers(response.header);
  header.set('content-length', String(rewritten.length));
  return { ...response, status: found.fault === 'too large' ? 413 : 400, header, body: once(rewritten) };
}

/** Connect's streams end with an envelope of their own, which holds the error. */
async function* blameInStream(body: AsyncIterable<Uint8Array>, blame: Blame): AsyncIterable<Uint8Array> {
  for await (const envelope of body) {
    const isEnd = ((envelope[0] ?? 0) & endStreamFlag) !== 0;
    const found = isEnd ? blame(messageOf(envelope.subarray(ENVELOPE_BYTES))) : undefined;
    yield found === undefined ? envelope : endEnvelope({ error: errorToJson(found.error, undefined) });
  }
}

/** gRPC's status comes after the body. */
async function* blameInTrailer(
  body: AsyncIterable<Uint8Array>,
  trailer: Headers,
  blame: Blame,
): AsyncIterable<Uint8Array> {
  yield* body;
  const found = blame(decodeURIComponent(trailer.get(GRPC_MESSAGE) ?? ''));
  if (found === undefined) return;
  trailer.set(GRPC_STATUS, String(Code.InvalidArgument));
  trailer.set(GRPC_MESSAGE, encodeURIComponent(found.error.rawMessage));
  trailer.set(GRPC_DETAILS, encodeBinaryHeader(statusBytes(found.error.cause)));
}

/** The message of an error as Connect has it, alone or as the end of a stream; empty where there is none. */
function messageOf(bytes: Uint8Array): string {
  try {
    const json = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      message?: unknown;
      error?: { message?: unknown };
    };
    return String(json.error?.message ?? json.message ?? '');
  } catch {
    return '';
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
