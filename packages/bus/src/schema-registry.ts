import { IsothermError } from '@isotherm/service-kit';

/** A schema registry with Confluent's API. */
export interface SchemaRegistry {
  /** The text of a schema. @throws SCHEMA_UNKNOWN, SCHEMA_REGISTRY_UNAVAILABLE */
  schemaOf(id: number): Promise<string>;
  /** Registers a schema under a subject, unless it is there. @returns its id. @throws SCHEMA_REFUSED, SCHEMA_REGISTRY_UNAVAILABLE */
  register(subject: string, schema: { readonly type: 'PROTOBUF' | 'AVRO'; readonly text: string }): Promise<number>;
}

const TIMEOUT_MS = 5000;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/** A registry at a base URL. Schemas never change: each is asked for once. */
export function createSchemaRegistry(url: string): SchemaRegistry {
  const texts = new Map<number, Promise<string>>();

  async function call<Answer>(path: string, body?: object): Promise<Answer> {
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    let response: Response;
    try {
      response = await fetch(new URL(path, url), {
        ...request,
        headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw registryUnavailable(url, String((cause as Error).cause ?? cause), cause);
    }
    if (response.ok) return (await response.json()) as Answer;
    const said = `${response.status} ${(await response.text()).slice(0, 200)}`;
    if (response.status >= 500 || response.status === 429) throw registryUnavailable(url, said);
    throw new IsothermError({
      code: body === undefined ? 'NOT_FOUND' : 'FAILED_PRECONDITION',
      id: body === undefined ? 'SCHEMA_UNKNOWN' : 'SCHEMA_REFUSED',
      message: `The schema registry at ${url} answers ${path} with ${said}.`,
      advice:
        body === undefined ? 'Register the schema that records name.' : 'Compare with the schemas of the subject.',
      metadata: { setting: 'bus.schemaRegistryUrl' },
    });
  }

  return {
    schemaOf(id) {
      const known = texts.get(id);
      if (known !== undefined) return known;
      const asked = call<{ readonly schema: string }>(`/schemas/ids/${id}`).then(({ schema }) => schema);
      texts.set(id, asked);
      asked.catch(() => texts.delete(id));
      return asked;
    },
    async register(subject, { type, text }) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      return (await call<{ readonly id: number }>(path, { schemaType: type, schema: text })).id;
    },
  };
}

function registryUnavailable(url: string, said: string, cause?: unknown): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'SCHEMA_REGISTRY_UNAVAILABLE',
    message: `The schema registry at ${url} does not answer: ${said}.`,
    advice: 'It is asked again; nothing is lost meanwhile.',
    retryAfterMs: 1000,
    metadata: { setting: 'bus.schemaRegistryUrl' },
    ...(cause !== undefined && { cause }),
  });
}
