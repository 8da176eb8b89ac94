import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { type Catalogue, type CatalogueOptions, createCatalogue } from './catalogue.ts';

/** Loads a catalogue from a file of city rows, plain or compressed by gzip (`.gz`). */
export async function loadCatalogue(options: { readonly path: string } & CatalogueOptions): Promise<Catalogue> {
  const bytes = await readFile(options.path);
  return createCatalogue(options.path.endsWith('.gz') ? gunzipSync(bytes) : bytes, options);
}
