import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where fetched programs are kept between runs: `${XDG_CACHE_HOME:-~/.cache}/isotherm`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'isotherm');
}
