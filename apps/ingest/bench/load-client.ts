import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { IngestStreamRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { encodeStreamBatch } from '@isotherm/observation-wire';

/** What the parent asks for. */
export interface LoadOrder {
  readonly port: number;
  readonly cities: number;
  readonly rowsPerMessage: number;
  readonly streams: number;
  /** Messages in flight on each stream. */
  readonly inFlight: number;
  readonly durationMs: number;
}

/** What the client reports. */
export interface LoadReport {
  readonly acked: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Hundredths of a degree, percent and m/s that change from message to message without costing the client much. */
const VARIANTS = 64;
const asIs = (bytes: Buffer): Buffer => bytes;

async function load(order: LoadOrder): Promise<LoadReport> {
  const client = new Client(`127.0.0.1:${order.port}`, credentials.createInsecure());
  const columns = prepareColumns(order.cities, order.rowsPerMessage);
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const results = await Promise.all(
    Array.from({ length: order.streams }, (_, stream) =>
      loadStream(client, order, columns, { stream, endMs: begun + order.durationMs }),
    ),
  );
  const elapsedMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  client.close();
  const latencies = results.flatMap((result) => result.latencies).sort((a, b) => a - b);
  const quantile = (q: number): number => latencies[Math.floor(latencies.length * q)] ?? Number.NaN;
  return {
    acked: results.reduce((sum, { answered }) => sum + answered, 0) * order.rowsPerMessage,
    elapsedMs,
    cpuMs: (user + system) / 1000,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

/** One producer: all cities, a second later in every sweep over them. */
async function loadStream(
  client: Client,
  order: LoadOrder,
  columns: ReturnType<typeof prepareColumns>,
  { stream: number, endMs }: { readonly stream: number; readonly endMs: number },
): Promise<{ answered: number; latencies: number[] }> {
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(
    '/isotherm.ingest.v1.IngestService/IngestStream',
    asIs,
    asIs,
  );
  const start = { producerId: `bench-${process.pid}-${number}`, session: BigInt(Date.now()) };
  const opening = create(IngestStreamRequestSchema, { message: { case: 'start', value: start } });
  stream.write(Buffer.from(toBinary(IngestStreamRequestSchema, opening)));
  const messagesPerSweep = columns.cityIndex.length;
  const baseMs = Date.now() - 6 * 3_600_000;
  const sentAt = new Float64Array(4096);
  const latencies: number[] = [];
  let sent = 0;
  let answered = 0;
  const send = (): void => {
    const place = sent % messagesPerSweep;
    const sweep = Math.floor(sent / messagesPerSweep);
    const variant = sent % VARIANTS;
    sentAt[sent % sentAt.length] = performance.now();
    sent += 1;
    const bytes = encodeStreamBatch({
      sequence: sent,
      createdUnixMs: Date.now(),
      columns: {
        cities: sweep === 0 ? columns.ids[place]! : [],
        cityIndex: columns.cityIndex[place]!,
        baseMs: baseMs + sweep * 1000,
        observedOffsetMs: columns.offsets,
        temperature: { scale: 2, unscaled: columns.temperature[variant]! },
        humidity: { scale: 2, unscaled: columns.humidity[variant]! },
        wind: { scale: 2, unscaled: columns.wind[variant]! },
      },
    });
    stream.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  };
  await new Promise<void>((resolve, reject) => {
    stream.on('data', () => {
      const now = performance.now();
      if (answered % 8 === 0) latencies.push(now - sentAt[answered % sentAt.length]!);
      answered += 1;
      if (now < endMs) send();
      else if (answered === sent) resolve();
    });
    stream.on('error', reject);
    for (let count = 0; count < order.inFlight; count += 1) send();
  });
  stream.end();
  return { answered, latencies };
}

function prepareColumns(cities: number, rowsPerMessage: number) {
  const messages = Math.floor(cities / rowsPerMessage);
  const column = (variant: number, low: number, span: number) =>
    Int32Array.from({ length: rowsPerMessage }, (_, row) => low + ((row * 7919 + variant * 104_729) % span));
  const variants = (low: number, span: number) => Array.from({ length: VARIANTS }, (_, v) => column(v, low, span));
  return {
    ids: Array.from({ length: messages }, (_, message) =>
      Array.from({ length: rowsPerMessage }, (_, row) => String(2_600_000 + 37 * (message * rowsPerMessage + row))),
    ),
    cityIndex: Array.from({ length: messages }, (_, message) =>
      Uint32Array.from({ length: rowsPerMessage }, (_, row) => message * rowsPerMessage + row),
    ),
    offsets: Uint32Array.from({ length: rowsPerMessage }, (_, row) => row % 1000),
    temperature: variants(-2_000, 6_000),
    humidity: variants(0, 10_000),
    wind: variants(0, 3_000),
  };
}

process.on('message', (order: LoadOrder) => {
  void load(order).then((report) => process.send?.(report));
});
