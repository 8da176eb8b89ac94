import { SCENARIOS } from './scenarios.ts';

/** Entry of a process with mounts of its own: runs one scenario in a directory. */
const [name = '', root = ''] = process.argv.slice(2);
const scenario = SCENARIOS[name as keyof typeof SCENARIOS];
if (scenario === undefined) throw new Error(`There is no scenario ${name}`);
await scenario(root);
process.exit(0);
