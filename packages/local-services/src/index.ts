export { cacheDirectory } from './cache-directory.ts';
export { findFreePort } from './free-port.ts';
export { findKafka, KAFKA_VERSION, type KafkaInstallation } from './kafka/find-kafka.ts';
export { findPythonKafka } from './kafka/find-python-kafka.ts';
export type { KafkaBroker } from './kafka/kafka-broker.ts';
export { type KafkaCluster, type LocalKafkaOptions, startKafka } from './kafka/start-kafka.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { findVersitygw, type S3Server, startVersitygw } from './versitygw.ts';
