import type { Dispatcher } from 'undici';
import { request } from 'undici';
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import { collectionPath, type KubeObject, type KubeRef, type KubeType, objectPath, refOf } from './kube-object.ts';

/** A page of a collection, complete: the operator's collections are small. */
export interface KubeList {
  readonly resourceVersion: string;
  readonly items: readonly KubeObject[];
}

/** What a watch delivers. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

/** Which objects of a collection. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Requests to the API server, as plain JSON. Every call rejects with a {@link KubeError}. */
export interface KubeClient {
  get(ref: KubeRef): Promise<KubeObject>;
  list(type: KubeType, selection?: Selection): Promise<KubeList>;
  /** Events from a version on, until the server ends the watch, nothing came for `idleMs`, or the signal aborts. */
  watch(type: KubeType, options: WatchOptions): AsyncIterable<WatchEvent>;
  create(object: KubeObject): Promise<KubeObject>;
  /** Replaces the object; its resourceVersion must be the current one, else 409. */
  replace(object: KubeObject, subresource?: string): Promise<KubeObject>;
  /** Server-side apply, by a raw PATCH. Forced: what a field manager sends is its own. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** A JSON merge patch. */
  merge(ref: KubeRef, patch: object, subresource?: string): Promise<KubeObject>;
  delete(ref: KubeRef, options?: DeleteOptions): Promise<void>;
}

export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

export interface ApplyOptions {
  /** Field manager: one for each concern. */
  readonly manager: string;
  readonly subresource?: string;
}

export interface DeleteOptions {
  /** Deletes only this very object. */
  readonly uid?: string | undefined;
  readonly gracePeriodSeconds?: number;
}

/** Options of {@link createKubeClient}. */
export interface KubeClientOptions {
  /** Longest time for a request other than a watch. Default 15,000. */
  readonly timeoutMs?: number;
  /** Told of every answer: HTTP status (0: none) and method. Default nobody. */
  readonly onAnswer?: (status: number, method: string) => void;
}

interface Call {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  readonly contentType?: string;
}

/** Creates a client over a connection. */
export function createKubeClient(connection: KubeConnection, options: KubeClientOptions = {}): KubeClient {
  const { timeoutMs = 15_000, onAnswer = () => {} } = options;

  async function send(call: Call, limits: { signal: AbortSignal; bodyTimeout: number; headersTimeout: number }) {
    const url = new URL(connection.server + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    try {
      const { headers, dispatcher } = await connection.authenticate(url.href);
      const response = await request(url, {
        method: call.method,
        headers: { ...headers, accept: 'application/json', 'content-type': call.contentType ?? 'application/json' },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        dispatcher,
        ...limits,
      });
      onAnswer(response.statusCode, call.method);
      if (response.statusCode === 401) connection.reload();
      if (response.statusCode >= 400) throw await answered(response, call);
      return response;
    } catch (error) {
      throw unreachable(error, call);
    }
  }

  async function json(call: Call): Promise<KubeObject> {
    const signal = AbortSignal.timeout(timeoutMs);
    const { body } = await send(call, { signal, bodyTimeout: timeoutMs, headersTimeout: timeoutMs });
    try {
      return (await body.json()) as KubeObject;
    } catch (error) {
      throw unreachable(error, call);
    }
  }

  return {
    get: (ref) => json({ method: 'GET', path: objectPath(ref) }),
    async list(type, selection = {}) {
      const { namespace, labelSelector, fieldSelector } = selection;
      const query = { labelSelector, fieldSelector };
      const answer = await json({ method: 'GET', path: collectionPath(type, namespace), query });
      const items = (answer['items'] ?? []) as readonly KubeObject[];
      // Items of a list come without apiVersion and kind.
      const typed = items.map((item) => ({ ...item, apiVersion: type.apiVersion, kind: type.kind }));
      return { resourceVersion: answer.metadata.resourceVersion ?? '', items: typed };
    },
    async *watch(type, { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, idleMs, signal }) {
      const query = {
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(timeoutSeconds),
        resourceVersion,
        labelSelector,
        fieldSelector,
      };
      const call: Call = { method: 'GET', path: collectionPath(type, namespace), query };
      const { body } = await send(call, { signal, bodyTimeout: idleMs, headersTimeout: idleMs });
      try {
        for await (const line of linesOf(body)) yield JSON.parse(line) as WatchEvent;
      } catch (error) {
        throw unreachable(error, call);
      }
    },
    create: (object) =>
      json({
        method: 'POST',
        path: collectionPath(object, object.metadata.namespace),
        query: { fieldValidation: 'Strict' },
        body: object,
      }),
    replace: (object, subresource) =>
      json({
        method: 'PUT',
        path: withSubresource(objectPath(refOf(object)), subresource),
        query: { fieldValidation: 'Strict' },
        body: object,
      }),
    apply: (object, { manager, subresource }) =>
      json({
        method: 'PATCH',
        path: withSubresource(objectPath(refOf(object)), subresource),
        query: { fieldManager: manager, force: 'true', fieldValidation: 'Strict' },
        contentType: 'application/apply-patch+yaml',
        body: object,
      }),
    merge: (ref, patch, subresource) =>
      json({
        method: 'PATCH',
        path: withSubresource(objectPath(ref), subresource),
        contentType: 'application/merge-patch+json',
        body: patch,
      }),
    async delete(ref, { uid, gracePeriodSeconds } = {}) {
      await json({
        method: 'DELETE',
        path: objectPath(ref),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          ...(uid === undefined ? {} : { preconditions: { uid } }),
          ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        },
      });
    },
  };
}

function withSubresource(path: string, subresource: string | undefined): string {
  return subresource === undefined ? path : `${path}/${subresource}`;
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = pieces.pop() ?? '';
    for (const line of pieces) if (line !== '') yield line;
  }
}

async function answered(response: Dispatcher.ResponseData, call: Call): Promise<KubeError> {
  const text = await response.body.text();
  const retryAfter = Number(response.headers['retry-after']);
  let message = text.slice(0, 500);
  let reason = String(response.statusCode);
  try {
    const status = JSON.parse(text) as { readonly message?: string; readonly reason?: string };
    message = status.message ?? message;
    reason = status.reason ?? reason;
  } catch {
    // A proxy on the way answers in its own words.
  }
  return new KubeError({
    message: `${call.method} ${call.path}: ${message}`,
    status: response.statusCode,
    reason,
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
  });
}

function unreachable(error: unknown, call: Call): KubeError {
  if (error instanceof KubeError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = (cause as NodeJS.ErrnoException).code;
  const why = code === undefined || cause.message.includes(code) ? cause.message : `${cause.message} (${code})`;
  return new KubeError({
    message: `${call.method} ${call.path}: the API server did not answer: ${why}`,
    status: 0,
    reason: 'Unreachable',
    cause,
  });
}
