import { ResponseError } from '@platformatic/kafka';

/**
 * The response of a call, also where a part of it is an error: the client throws away what succeeded, and each part
 * carries its own code anyway.
 */
export async function responseOf<Response>(call: Promise<Response>): Promise<Response> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ResponseError && error['response'] !== undefined) return error['response'] as Response;
    throw error;
  }
}
