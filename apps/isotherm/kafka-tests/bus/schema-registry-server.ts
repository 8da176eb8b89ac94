import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What is kept of a schema. */
interface StoredSchema {
  readonly schema: string;
  readonly schemaType?: string;
}

/** As much of a schema registry as Confluent's clients ask for, in memory. */
export interface SchemaRegistryServer extends AsyncDisposable {
  readonly url: string;
  /** By id, from 1. */
  readonly schemas: readonly StoredSchema[];
  readonly subjects: ReadonlyMap<string, number>;
}

/** Starts one. */
export async function startSchemaRegistry(): Promise<SchemaRegistryServer> {
  const schemas: StoredSchema[] = [];
  const subjects = new Map<string, number>();
  const server = createServer((request, response) => {
    answerTo(request).then(
      ({ status, body }) => response.writeHead(status).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(422).end(JSON.stringify({ error_code: 42201, message: String(error) })),
    );
  });

  async function answerTo(request: IncomingMessage): Promise<{ readonly status: number; readonly body: object }> {
    const path = new URL(request.url ?? '', 'http://registry').pathname;
    const id = /^\/schemas\/ids\/(\d+)$/.exec(path)?.[1];
    const subject = /^\/subjects\/([^/]+)(\/versions)?$/.exec(path)?.[1];
    if (id !== undefined) {
      const found = schemas[Number(id) - 1];
      return found === undefined
        ? { status: 404, body: { error_code: 40403, message: 'Schema not found' } }
        : { status: 200, body: found };
    }
    if (subject === undefined || request.method !== 'POST') {
      return { status: 404, body: { error_code: 404, message: 'There is no such call here' } };
    }
    const sent = (await json(request)) as StoredSchema;
    const known = schemas.findIndex(({ schema }) => schema === sent.schema);
    const schemaId = known < 0 ? schemas.push(sent) : known + 1;
    subjects.set(decodeURIComponent(subject), schemaId);
    return { status: 200, body: { id: schemaId, subject, version: 1, schema: sent.schema } };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    schemas,
    subjects,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
