/** What tests and tools of the platform take apart. */
export { CliError } from './cli/cli-error.ts';
export { batchesOfFile } from './cli/send/batches-of-file.ts';
export { parseHeader, parseReading } from './cli/send/parse-reading.ts';
export { type FileLine, openReadingFile } from './cli/send/reading-file.ts';
export { addStartCommand, startOptionsOf } from './start/start-command.ts';
