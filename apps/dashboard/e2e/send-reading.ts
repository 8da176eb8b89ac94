import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';

/** A reading to send. */
export interface Reading {
  readonly cityId: string;
  readonly temperatureCelsius: number;
  readonly relativeHumidityPercent: number;
}

/** Sends one reading of this moment by gRPC and waits for its ack. */
export async function sendReading(ingestUrl: string, reading: Reading): Promise<void> {
  const client = createClient(IngestService, createGrpcTransport({ baseUrl: ingestUrl }));
  const observeTime = timestampFromMs(Math.floor(Date.now() / 1000) * 1000);
  const { ack } = await client.ingest(
    { observations: [{ ...reading, observeTime, windSpeedMps: 2 }] },
    { timeoutMs: 10_000 },
  );
  if (ack?.accepted !== 1) throw new Error(`the reading was not accepted: ${JSON.stringify(ack?.rejections)}`);
}
