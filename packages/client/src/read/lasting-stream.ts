import { setTimeout as sleep } from 'node:timers/promises';
import { IsothermClientError } from '../errors/client-error.ts';
import { errorFromConnect } from '../errors/from-connect.ts';
import { type RetryPolicy, retryDelayMs } from '../errors/retry-policy.ts';
import { endableCall } from './endable-call.ts';

/** A stream that is made again when it breaks. */
export interface LastingStream<Message> {
  readonly target: string;
  /** How long it may be away once it has answered. */
  readonly retry: RetryPolicy;
  /** How long it may take to answer for the first time, in ms. */
  readonly firstWithinMs: number;
  /** Ends the stream without an error. */
  readonly signal: AbortSignal | undefined;
  /** Begins it: each time from its beginning. */
  open(signal: AbortSignal): AsyncIterable<Message>;
}

/** Its messages; `begun` says which one is the first after a connection was made. @throws IsothermClientError */
export async function* lastingStream<Message>(
  stream: LastingStream<Message>,
): AsyncGenerator<{ readonly message: Message; readonly begun: boolean }, void> {
  const { target, retry, signal } = stream;
  let answered = false;
  let losses = 0;
  let lostAtMs = performance.now();
  for (;;) {
    let error: IsothermClientError;
    {
      await using call = endableCall(signal);
      let begun = true;
      try {
        for await (const message of stream.open(call.signal)) {
          answered = true;
          losses = 0;
          yield { message, begun };
          begun = false;
          lostAtMs = performance.now();
        }
        error = endedEarly(target);
      } catch (thrown) {
        error = errorFromConnect(thrown, target);
      }
    }
    if (signal?.aborted) return;
    losses += 1;
    const maxElapsedMs = answered ? retry.maxElapsedMs : Math.min(retry.maxElapsedMs, stream.firstWithinMs);
    const pace = { policy: { ...retry, maxElapsedMs }, elapsedMs: performance.now() - lostAtMs, random: Math.random };
    const delayMs = retryDelayMs(error, losses, pace);
    if (delayMs === undefined) throw error;
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    if (signal?.aborted) return;
  }
}

function endedEarly(target: string): IsothermClientError {
  const message = `The platform at ${target} ended the stream.`;
  return new IsothermClientError({ code: 'UNAVAILABLE', id: 'STREAM_ENDED', message });
}
