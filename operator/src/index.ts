export { forecastClusterCrd } from './api/index.ts';
export { describeCluster } from './process/describe-cluster.ts';
export { type OperatorProcessOptions, runOperatorProcess } from './process/run-operator-process.ts';
