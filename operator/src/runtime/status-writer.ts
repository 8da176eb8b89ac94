import type { Runtime } from '@isotherm/runtime';
import { digestOf, stableJson } from './digest.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-object.ts';

/** Writes the status of objects. */
export interface StatusWriter {
  /**
   * Writes when something of weight changed; where only `volatile` differs, at most once in `quietMs`.
   * @returns whether it was written.
   */
  write(object: KubeObject, status: object): Promise<boolean>;
  forget(object: KubeObject): void;
}

/** Options of {@link createStatusWriter}. */
export interface StatusWriterOptions {
  readonly manager: string;
  /** Fields whose change alone is not worth a write. */
  readonly volatile: readonly string[];
  /** Default 60,000. */
  readonly quietMs?: number;
  /** Largest status in bytes of JSON. Default 8,192. */
  readonly maxBytes?: number;
}

/** Creates a writer by server-side apply on the status subresource. */
export function createStatusWriter(
  deps: { readonly client: KubeClient; readonly runtime: Runtime },
  options: StatusWriterOptions,
): StatusWriter {
  const { client, runtime } = deps;
  const { manager, volatile, quietMs = 60_000, maxBytes = 8192 } = options;
  const written = new Map<string, { readonly whole: string; readonly weighty: string; readonly atMs: number }>();
  return {
    async write(object, status) {
      const bytes = Buffer.byteLength(stableJson(status));
      if (bytes > maxBytes) throw new Error(`The status would have ${bytes} bytes; at most ${maxBytes} are written.`);
      const key = object.metadata.uid ?? object.metadata.name;
      const whole = digestOf(status);
      const weighty = digestOf(
        Object.fromEntries(Object.entries(status).filter(([field]) => !volatile.includes(field))),
      );
      const before = written.get(key);
      if (before?.whole === whole) return false;
      if (before?.weighty === weighty && runtime.monotonicMs() - before.atMs < quietMs) return false;
      const { apiVersion, kind, metadata } = object;
      // With the uid the API server refuses (409) to write to another object of the same name.
      const { name, namespace, uid } = metadata;
      const body = { apiVersion, kind, metadata: { name, namespace, uid }, status };
      await client.apply(body as unknown as KubeObject, { manager, subresource: 'status' });
      written.set(key, { whole, weighty, atMs: runtime.monotonicMs() });
      return true;
    },
    forget: (object) => void written.delete(object.metadata.uid ?? object.metadata.name),
  };
}
