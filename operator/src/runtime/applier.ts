import { digestOf } from './digest.ts';
import type { KubeClient } from './kube-client.ts';
import { type KubeObject, objectPath, refOf } from './kube-object.ts';
import { project } from './projection.ts';

/** What an application did. */
export interface Applied {
  readonly what: 'unchanged' | 'created' | 'changed' | 'corrected';
  /** Generation of the object afterwards: a mirror that shows an older one is behind. */
  readonly generation: number | undefined;
}

/** Writes objects by server-side apply, and only when there is something to write. */
export interface Applier {
  /**
   * Applies if the wish differs from the last one, or if the live object differs in a field of ours from what the API
   * server made of that wish.
   * @param live the object as a mirror has it; undefined: it does not exist.
   */
  apply(desired: KubeObject, live: KubeObject | undefined): Promise<Applied>;
  /** Forgets what was written for an object that is gone. */
  forget(desired: KubeObject): void;
}

/** What is remembered of an application. */
interface Written {
  readonly uid: string | undefined;
  readonly wish: string;
  /** The API server writes some values in its own way ("1000m" as "1"): its answer is what drift is measured against. */
  readonly stored: string;
  readonly resourceVersion: string | undefined;
}

/** Creates an applier that writes as one field manager: one for each concern. */
export function createApplier(client: KubeClient, manager: string): Applier {
  const written = new Map<string, Written>();
  return {
    async apply(desired, live) {
      const path = objectPath(refOf(desired));
      const wish = digestOf(desired);
      const before = written.get(path);
      const known =
        before !== undefined && before.wish === wish && before.uid === live?.metadata.uid ? before : undefined;
      if (known !== undefined && live !== undefined) {
        const same =
          live.metadata.resourceVersion === known.resourceVersion || digestOf(project(desired, live)) === known.stored;
        if (same) return { what: 'unchanged', generation: live.metadata.generation };
      }
      const stored = await client.apply(desired, { manager });
      const { uid, resourceVersion, generation } = stored.metadata;
      written.set(path, { uid, wish, stored: digestOf(project(desired, stored)), resourceVersion });
      if (live === undefined) return { what: 'created', generation };
      if (resourceVersion === live.metadata.resourceVersion) return { what: 'unchanged', generation };
      return { what: known === undefined ? 'changed' : 'corrected', generation };
    },
    forget: (desired) => void written.delete(objectPath(refOf(desired))),
  };
}
