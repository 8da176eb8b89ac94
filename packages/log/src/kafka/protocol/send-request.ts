import { type Connection, type Reader, Writer } from '@platformatic/kafka';

/** A request whose body is encoded and whose response is parsed here. Both carry flexible headers. */
export interface RawRequest<Response> {
  readonly key: number;
  readonly version: number;
  readonly body: Buffer;
  readonly parse: (body: Buffer) => Response;
}

/** Sends a request. Rejects when the connection ends or its request timeout passes before the response. */
export function sendRequest<Response>(connection: Connection, request: RawRequest<Response>): Promise<Response> {
  const { key, version, body, parse } = request;
  return new Promise((resolve, reject) => {
    connection.send(
      key,
      version,
      () => Writer.create().append(body),
      (_correlation: number, _key: number, _version: number, reader: Reader) => parse(bodyOf(reader)),
      true,
      true,
      (error: Error | null, response?: Response) => (error === null ? resolve(response as Response) : reject(error)),
    );
  });
}

function bodyOf(reader: Reader): Buffer {
  const { buffer } = reader.buffer;
  return reader.position === 0 ? buffer : buffer.subarray(reader.position);
}
