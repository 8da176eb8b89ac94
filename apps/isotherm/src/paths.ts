import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The world's cities above 15,000 inhabitants. */
export const CATALOGUE_PATH = fromHere('../../../samples/cities.csv.gz');

/** Real observations and their licences. */
export const SAMPLES_PATH = fromHere('../../../samples/');

/** The dashboard as it was built. */
export const DASHBOARD_PATH = fromHere('../../dashboard/dist');

/** Version of the software. */
export const VERSION: string = (JSON.parse(readFileSync(fromHere('../package.json'), 'utf8')) as { version: string })
  .version;
