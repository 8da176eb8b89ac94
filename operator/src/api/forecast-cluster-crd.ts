import { forecastClusterSpec } from './forecast-cluster-spec.ts';
import { forecastClusterStatus } from './forecast-cluster-status.ts';
import { structuralSchema } from './structural-schema.ts';

/** API group of everything of ours. */
export const GROUP = 'isotherm.dev';
/** Version of the API that is served and stored. */
export const VERSION = 'v1alpha1';
/** Longest name of a ForecastCluster: pods, services and their labels are named after it. */
export const MAX_NAME_LENGTH = 40;

const NAME_PATTERN = `^[a-z]([-a-z0-9]{0,${MAX_NAME_LENGTH - 2}}[a-z0-9])?$`;

/** The CustomResourceDefinition of ForecastCluster. */
export function forecastClusterCrd() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `forecastclusters.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: 'ForecastCluster',
        listKind: 'ForecastClusterList',
        plural: 'forecastclusters',
        singular: 'forecastcluster',
        shortNames: ['fc'],
        categories: ['all'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description:
                'A running Isotherm platform: observations in over gRPC, heat index, rolling values and forecasts out within a second.',
              required: ['spec'],
              properties: {
                spec: structuralSchema(forecastClusterSpec),
                status: structuralSchema(forecastClusterStatus),
              },
              'x-kubernetes-validations': [
                {
                  rule: `self.metadata.name.matches('${NAME_PATTERN}')`,
                  message: 'metadata.name is not allowed',
                  messageExpression: `'metadata.name is "' + self.metadata.name + '", but services are named after it: at most ${MAX_NAME_LENGTH} lower-case letters, digits and hyphens, beginning with a letter'`,
                },
              ],
            },
          },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.compute.shards',
              statusReplicasPath: '.status.shards',
              labelSelectorPath: '.status.selector',
            },
          },
          additionalPrinterColumns: [
            { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
            { name: 'Version', type: 'string', jsonPath: '.status.version' },
            { name: 'Shards', type: 'integer', jsonPath: '.status.shards', description: 'Shards that own partitions' },
            { name: 'Desired', type: 'integer', jsonPath: '.status.desiredShards', description: 'Shards wanted' },
            { name: 'Lag', type: 'number', jsonPath: '.status.lagSeconds', description: 'Largest lag in seconds' },
            { name: 'Mode', type: 'string', jsonPath: '.spec.autoscaling.mode' },
            { name: 'Reason', type: 'string', priority: 1, jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
        },
      ],
    },
  } as const;
}
