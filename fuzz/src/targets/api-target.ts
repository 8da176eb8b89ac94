import { connect } from 'node:net';
import { cityState, createFakeAnalytics, historyRow, startTestPlatform } from '@isotherm/query/internals';
import type { Prng } from '@isotherm/testkit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { concat, mutateBytes } from '../mutation/mutate-bytes.ts';
import { createFailureTrap } from './failure-trap.ts';
import { drawn } from './observation-grammar.ts';
import { connectRequest, restRequest } from './request-grammar.ts';

/** How long an answer may be silent before the connection is given up: streams never end by themselves. */
const IDLE_MS = 30;
const LONGEST_MS = 30_000;

const text = (value: string) => Uint8Array.from(Buffer.from(value, 'latin1'));

/** The public API as it stands on its port, over raw connections: whatever comes in, it never fails inside. */
export const apiTarget: FuzzTarget = {
  name: 'api',
  reads: 'requests to the public API: REST, Connect, read tokens',
  weight: 2,
  maxBytes: 16_384,
  allowedBytes: (inputBytes) => 64_000_000 + 4096 * inputBytes,
  async open() {
    const trap = createFailureTrap();
    const analytics = createFakeAnalytics();
    analytics.rows = [historyRow(Date.UTC(2026, 5, 30), { temperature: 20 }), historyRow(Date.UTC(2026, 6, 1))];
    analytics.ranking = [{ cityId: '2950159', value: 3, count: 4 }];
    const platform = await startTestPlatform({ analytics, logger: trap.logger, timeoutMs: 500, watchLingerMs: 0 });
    platform.shardA.put(cityState('2950159', { temperatureCelsius: 21.376 }), cityState('ns/Vancouver'));
    const port = Number(new URL(platform.url).port);
    return {
      seeds: [...drawn(restRequest, 20), ...drawn(connectRequest, 30)],
      grammar: fc.oneof(restRequest, connectRequest),
      mutate: mutateRequest,
      async run(input) {
        const answer = await exchange(port, input);
        trap.throwIfFailed();
        return outcomeOf(answer);
      },
      close: async () => platform[Symbol.asyncDispose](),
    };
  },
};

/** Changes the body and says its new length, or the URL where there is no body. */
function mutateRequest(bytes: Uint8Array, random: Prng): Uint8Array {
  const request = Buffer.from(bytes);
  const end = request.indexOf('\r\n\r\n') + 4;
  const material = { corpus: [bytes], words: [], maxBytes: 4096 };
  const head = request.subarray(0, end).toString('latin1');
  if (end < 4) return bytes;
  if (end < request.length) {
    const sent = mutateBytes(request.subarray(end), random, material);
    return concat(text(head.replace(/Content-Length: \d+/, `Content-Length: ${sent.length}`)), sent);
  }
  const [method = '', url = '', ...rest] = head.split(' ');
  const changed = mutateBytes(text(url), random, material).map((byte) => (byte > 0x20 && byte < 0x7f ? byte : 0x25));
  return text([method, Buffer.from(changed).toString('latin1'), ...rest].join(' '));
}

function outcomeOf(answer: string): Outcome {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) return refused(answer === '' ? 'closed without an answer' : 'no HTTP/1.1');
  const id = /"id": ?"([A-Z_]+)"|"reason": ?"([A-Z_]+)"/.exec(answer);
  const name = `${status} ${id?.[1] ?? id?.[2] ?? ''}`.trimEnd();
  if (status === 500) throw new Error(`The API answers ${name}`);
  return status < 300 ? accepted(name) : refused(name);
}

/** Sends bytes on a connection of their own and resolves with what comes back. */
function exchange(port: number, input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    let idle: NodeJS.Timeout | undefined;
    const longest = setTimeout(() => reject(new Error('The API neither answers nor closes')), LONGEST_MS);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      socket.write(input);
      idle = setTimeout(() => socket.end(), IDLE_MS);
    });
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      clearTimeout(idle);
      idle = setTimeout(() => socket.destroy(), IDLE_MS);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(idle);
      clearTimeout(longest);
      resolve(answer);
    });
  });
}
