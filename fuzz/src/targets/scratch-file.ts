import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A path of this run's own, and how to remove what is there. */
export function scratchFile(name: string): { readonly path: string; close(): Promise<void> } {
  const directory = mkdtempSync(join(tmpdir(), 'isotherm-fuzz-'));
  return {
    path: join(directory, name),
    close: async () => rmSync(directory, { recursive: true, force: true }),
  };
}
