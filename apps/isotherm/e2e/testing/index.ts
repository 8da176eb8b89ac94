export { eventually } from './eventually.ts';
export {
  LAUNCHER,
  type PlatformPorts,
  type PlatformProcess,
  type PlatformProcessOptions,
  type ProcessEnd,
  startPlatformProcess,
} from './platform-process.ts';
export { type ScratchDirectory, scratchDirectory } from './scratch-directory.ts';
export { type ServiceProcess, startServiceProcess } from './service-process.ts';
export { mountSmallDisk, type SmallDisk, type SmallDiskOptions, whyNoSmallDisk } from './small-disk.ts';
