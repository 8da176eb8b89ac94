import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

/** The parts of an OTLP span that this test looks at. */
interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** An OTLP/HTTP receiver that keeps the spans it is sent. */
async function startReceiver() {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
    };
    spans.push(...resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans)));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => void server.close();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, [Symbol.asyncDispose]: close };
}

const linksTo = (span: Span, other: Span) => span.links?.some((link) => link.spanId === other.spanId) === true;

it('links the spans of one observation: ingest, append, apply, write and read, joined by links', async () => {
  await using receiver = await startReceiver();
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({
    dataDirectory: directory.path,
    flags: ['--otlp-endpoint', receiver.url],
  });
  await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  const observeTime = new Date();
  const { readToken } = await client.send([{ cityId: 'traced', observeTime, temperatureCelsius: 20 }]);
  for await (const page of client.history('traced', { readToken: readToken!, resolution: 'MINUTE' })) {
    expect(page.points).toHaveLength(1);
  }
  await client.current('traced', { readToken: readToken! });

  const spans = await eventually(
    async () => {
      const named = (name: string) => receiver.spans.filter((span) => span.name === name);
      const append = named('append').find((span) => (span.links?.length ?? 0) > 0);
      const ingest = receiver.spans.find((span) => append !== undefined && linksTo(append, span));
      const apply = named('apply').find((span) => append !== undefined && linksTo(span, append));
      const write = named('write').find((span) => apply !== undefined && linksTo(span, apply));
      const read = named('read').find((span) => apply !== undefined && linksTo(span, apply));
      return { ingest: ingest?.name, append: !!append, apply: !!apply, write: !!write, read: !!read };
    },
    (found) => Object.values(found).every(Boolean),
  );
  expect(spans.ingest).toMatch(/Ingest/i);
});

it('exports nothing unless it is told where to, and serves the metrics of all threads', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  await client.send([{ cityId: 'counted', observeTime: new Date(), temperatureCelsius: 20 }]);
  const metrics = async () => (await fetch(`${platform.metricsUrl}/metrics`)).text();
  const text = await eventually(metrics, (all) => /isotherm_compute_observations_applied\S*\{[^}]*\} 1/.test(all));
  expect(text).toMatch(/isotherm_ingest_observations\S*\{[^}]*outcome="accepted"[^}]*\} 1/);
  expect(text).toMatch(/isotherm_compute_lag/);
});
