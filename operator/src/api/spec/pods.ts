import * as z from 'zod';
import { group, secretName, withRules } from '../rules.ts';

const labels = (description: string) =>
  z.record(z.string().max(317), z.string().max(1024)).default({}).meta({ maxProperties: 32 }).describe(description);

const toleration = z
  .object({
    key: z.string().max(317).optional().describe('Key of the taint. Left out: every key.'),
    operator: z.enum(['Exists', 'Equal']).default('Equal').describe('Exists ignores the value.'),
    value: z.string().max(63).optional().describe('Value of the taint.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('Effect. Left out: every effect.'),
    tolerationSeconds: z.int().min(0).max(86_400).optional().describe('With NoExecute: how long the pod stays.'),
  })
  .describe('A taint of a node that pods accept.');

/** What pods of all components have in common. */
export const podTemplate = group(
  {
    annotations: labels('Annotations of pods.'),
    labels: withRules(labels('Labels of pods, besides those that select them.'), {
      rule: "self.all(k, !k.startsWith('app.kubernetes.io/') && !k.startsWith('isotherm.dev/'))",
      says: `spec.podTemplate.labels has "{self.filter(k, k.startsWith('app.kubernetes.io/') || k.startsWith('isotherm.dev/'))[0]}", which the operator sets itself: use another key`,
    }),
    nodeSelector: labels('Labels that a node must have.'),
    tolerations: z
      .array(toleration)
      .max(16)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Taints of nodes that pods accept.'),
    priorityClassName: z.string().max(253).default('').describe('Priority of pods. Empty: the default of the cluster.'),
    serviceAccountAnnotations: labels(
      'Annotations of the service accounts, for the identity of a workload in a cloud.',
    ),
    securityContext: withRules(
      group(
        {
          runAsUser: z.int().min(0).max(65_535).default(65_532).describe('User of the processes.'),
          runAsGroup: z.int().min(0).max(65_535).default(65_532).describe('Group of the processes.'),
          fsGroup: z.int().min(0).max(65_535).default(65_532).describe('Group that owns volumes.'),
        },
        'User and groups of the processes. Everything else is fixed to what Pod Security “restricted” asks for.',
      ),
      {
        rule: 'self.runAsUser != 0',
        says: 'spec.podTemplate.securityContext.runAsUser is 0 (root), which Pod Security restricted refuses: use a number from 1 on, as in 65532',
      },
    ),
  },
  'What pods of all components have in common.',
);

/** The image of all components. */
export const image = withRules(
  group(
    {
      repository: z
        .string()
        .min(1)
        .max(255)
        .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/)
        .default('isotherm')
        .describe('Image without its tag.'),
      digest: z.string().max(71).default('').describe('sha256:… pins the image. Empty: the tag is the version.'),
      pullPolicy: z
        .enum(['Always', 'IfNotPresent', 'Never'])
        .default('IfNotPresent')
        .describe('When a node fetches it.'),
      pullSecretNames: z
        .array(z.string().min(1).max(253))
        .max(8)
        .default([])
        .meta({ 'x-kubernetes-list-type': 'set' })
        .describe('Secrets of type kubernetes.io/dockerconfigjson.'),
    },
    'The image of all components.',
  ),
  {
    rule: "self.digest == '' || self.digest.matches('^sha256:[0-9a-f]{64}$')",
    says: 'spec.image.digest is "{self.digest}", but must be sha256: and 64 hexadecimal digits: copy the whole digest, or leave it empty to use the version as tag',
  },
);

/** Encryption between the services and of their public ports. */
export const tls = withRules(
  group(
    {
      secretName: secretName('Secret of type kubernetes.io/tls with ca.crt, whose certificate names the services.'),
      generate: z
        .boolean()
        .default(false)
        .describe(
          'The operator makes an authority and a certificate for the services, and renews them before they end.',
        ),
    },
    'Encryption. With neither field connections are plain text, and the status says so.',
  ),
  {
    rule: "!(self.generate && self.secretName != '')",
    says: 'spec.tls.generate is true and spec.tls.secretName is "{self.secretName}": set one of the two',
  },
);

/** Who may connect to the pods. */
export const networkPolicy = group(
  {
    enabled: z.boolean().default(true).describe('Denies every connection that is not named by a policy.'),
    clientNamespaces: z
      .array(z.string().min(1).max(63))
      .max(32)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe('Namespaces whose pods may call ingest and query. Empty: every address.'),
  },
  'Who may connect to the pods.',
);

/** How callers from outside reach the public API. */
export const route = withRules(
  group(
    {
      kind: z
        .enum(['None', 'Ingress', 'Gateway'])
        .default('None')
        .describe('Ingress: networking.k8s.io/v1. Gateway: an HTTPRoute of gateway.networking.k8s.io/v1.'),
      host: z.string().max(253).default('').describe('Name that callers use.'),
      className: z.string().max(253).default('').describe('Class of the Ingress. Empty: the default of the cluster.'),
      gatewayName: z.string().max(253).default('').describe('Gateway that the route belongs to.'),
      gatewayNamespace: z.string().max(63).default('').describe('Namespace of the Gateway. Empty: this one.'),
      tlsSecretName: secretName('Secret with the certificate of the Ingress. Empty: plain HTTP at the Ingress.'),
      annotations: labels('Annotations of the Ingress or of the route.'),
    },
    'How callers from outside reach the public API.',
  ),
  {
    rule: "self.kind == 'None' || self.host != ''",
    says: 'spec.route.kind is {self.kind}, but spec.route.host is empty: set the name that callers use',
  },
  {
    rule: "(self.kind == 'Gateway') == (self.gatewayName != '')",
    says: 'spec.route.kind is {self.kind} and spec.route.gatewayName is "{self.gatewayName}": a Gateway route needs it, every other kind must leave it empty',
  },
);

/** What is observed. */
export const monitoring = group(
  { podMonitor: z.boolean().default(false).describe('Makes a PodMonitor for the Prometheus operator.') },
  'How metrics are collected.',
);
