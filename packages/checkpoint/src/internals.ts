/** What tests and tools of the platform take apart. */
export { createBlobCheckpoints } from './blob-checkpoints.ts';
export { type BlobStore, readerOfBytes } from './blob-store.ts';
export { loadNewest } from './load-newest.ts';
export { encodeManifest, type Manifest } from './manifest.ts';
