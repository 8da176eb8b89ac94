import type { TestProject } from 'vitest/node';
import { startControlPlane } from './control-plane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly plane: { readonly kubeconfig: string; readonly port: number; readonly kubectl: string };
  }
}

/** One control plane for all files; those that hurt it start their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const plane = await startControlPlane();
  project.provide('plane', { kubeconfig: plane.kubeconfig, port: plane.port, kubectl: plane.kubectl });
  return () => plane.close();
}
