import { createServer } from 'node:http';
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
  const server = createServer((request, response): void => {
    const answer = (status: number, body: object): void =>
      void response.writeHead(status).end(JSON.stringify(body));
    const path = new URL(request.url ?? '', 'http://registry').pathname;
    const byId = /^\/schemas\/ids\/(\d+)$/.exec(path);
    if (byId !== null) {
      const found = schemas[Number(byId[1]) - 1];
      return answer(found === undefined ? 404 : 200, found ?? { error_code: 40403, message: 'Schema not found' });
    }
    const ofSubject = /^\/subjects\/([^/]+)(\/versions)?$/.exec(path);
    if (ofSubject === null || request.method !== 'POST') return answer(404, { error_code: 404, message: 'not here' });
    const subject = decodeURIComponent(ofSubject[1]!);
    json(request).then(
      (body) => {
        const sent = body as StoredSchema;
        let id = 1 + schemas.findIndex(({ schema }) => schema === sent.schema);
        if (id === 0) id = schemas.push(sent);
        subjects.set(subject, id);
        answer(200, { id, subject, version: 1, schema: sent.schema });
      },
      (error: unknown) => answer(422, { error_code: 42201, message: String(error) }),
    );
  });
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
