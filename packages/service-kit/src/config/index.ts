export { type ConfigNode, configJsonSchema } from './config-node.ts';
export { configReference } from './config-reference.ts';
export type { Config, ConfigInput } from './config-schema.ts';
export { formatConfig, parseConfig, type ReadConfig, readConfigFile } from './read-config.ts';
