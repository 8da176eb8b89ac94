export { createDurableFiles, type DurableFiles, UNFINISHED_PREFIX } from './durable-files.ts';
export { type FileLayer, type OpenFile, systemFiles } from './file-layer.ts';
