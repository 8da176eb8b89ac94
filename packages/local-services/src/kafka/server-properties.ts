import type { LocalKafkaOptions } from './start-kafka.ts';

/** Where a node listens. */
export interface NodePorts {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly securePort?: number;
  /** Where clients are sent, and where the broker itself listens for them. */
  readonly proxied?: { readonly advertisedPort: number; readonly port: number };
}

/** Who may use the listener with SASL. */
export interface KafkaUser {
  readonly name: string;
  readonly password: string;
}

/** The `server.properties` of a node that is broker and controller at once. */
export function serverProperties(
  node: NodePorts,
  options: LocalKafkaOptions & { readonly nodes: readonly NodePorts[]; readonly dataDirectory: string },
): string {
  const { nodes, secure, sessionTimeoutMs = 9000 } = options;
  const copies = String(nodes.length);
  const { proxied, securePort } = node;
  const listeners = [
    `PLAINTEXT://127.0.0.1:${node.port}`,
    ...(securePort === undefined ? [] : [`SECURE://127.0.0.1:${securePort}`]),
  ];
  const proxiedAt = (port: number | undefined) => (port === undefined ? [] : [`PROXIED://127.0.0.1:${port}`]);
  const lines: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: [...listeners, ...proxiedAt(proxied?.port), `CONTROLLER://127.0.0.1:${node.controllerPort}`].join(','),
    'advertised.listeners': [...listeners, ...proxiedAt(proxied?.advertisedPort)].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
    'log.dirs': options.dataDirectory,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': '1',
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'broker.session.timeout.ms': String(sessionTimeoutMs),
    'broker.heartbeat.interval.ms': String(Math.min(2000, Math.ceil(sessionTimeoutMs / 6))),
    ...(secure === undefined ? {} : secureLines(secure)),
    ...options.properties,
  };
  return `${Object.entries(lines)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

function secureLines(secure: NonNullable<LocalKafkaOptions['secure']>): Record<string, string> {
  const { name, password } = secure.user;
  const oneLine = (pem: string) => pem.trim().replaceAll('\n', '\\n');
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${name}="${password}";`;
  return {
    'listener.name.secure.ssl.keystore.type': 'PEM',
    'listener.name.secure.ssl.keystore.certificate.chain': oneLine(secure.certificatePem),
    'listener.name.secure.ssl.keystore.key': oneLine(secure.keyPem),
    'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.secure.plain.sasl.jaas.config': plain,
    'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
  };
}
