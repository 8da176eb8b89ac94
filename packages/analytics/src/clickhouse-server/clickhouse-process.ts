import { createReadStream, writeSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import type { JsExternal } from 'ffi-rs';

/**
 * The main of a ClickHouse server's process: runs the server that is inside the engine's library, which takes the main
 * thread for good. A second thread waits for the end of standard input, so that the server never outlives its parent.
 *
 *     node clickhouse-process.ts LIBRARY ARGUMENTS...
 */
if (isMainThread) {
  const { DataType, isNullPointer, load, open } = await import('ffi-rs');
  const [path = '', ...rest] = process.argv.slice(2);
  const library = 'chdb';
  new Worker(new URL(import.meta.url));
  open({ library, path });
  // The result of a call on this thread is no promise.
  const result = load({
    library,
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [rest.length + 1, ['clickhouse', ...rest]],
  }) as JsExternal;
  const error = { library, funcName: 'chdb_result_error', paramsType: [DataType.External], paramsValue: [result] };
  // Without an error there is a null pointer, which cannot be read as a text.
  const failed = !isNullPointer(load({ ...error, retType: DataType.External }) as JsExternal);
  if (failed) writeSync(2, `${String(load({ ...error, retType: DataType.String }))}\n`);
  // An orderly exit would run the library's own, which can wait for its threads for good.
  process.kill(process.pid, 'SIGKILL');
} else {
  const end = () => process.kill(process.pid, 'SIGTERM');
  createReadStream('', { fd: 0 }).on('end', end).on('error', end).resume();
}
