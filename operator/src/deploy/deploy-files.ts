import { forecastClusterCrd } from '../api/index.ts';
import { accessRules, leaseRules } from '../controller/index.ts';

const NAME = 'isotherm-operator';
const NAMESPACE = 'isotherm-system';
const labels = { 'app.kubernetes.io/name': NAME };

/** Everything that is installed without Helm. @param image of the operator */
export function installObjects(image: string): readonly object[] {
  const subject = { kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE };
  const of = (apiVersion: string, kind: string, rest: object, namespace: string | undefined = NAMESPACE) => ({
    apiVersion,
    kind,
    metadata: { name: NAME, ...(namespace === undefined ? {} : { namespace }), labels },
    ...rest,
  });
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: NAME });
  const rbac = 'rbac.authorization.k8s.io/v1';
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    forecastClusterCrd(),
    of('v1', 'ServiceAccount', {}),
    { ...of(rbac, 'ClusterRole', { rules: accessRules() }), metadata: { name: NAME, labels } },
    {
      ...of(rbac, 'ClusterRoleBinding', { roleRef: roleRef('ClusterRole'), subjects: [subject] }),
      metadata: { name: NAME, labels },
    },
    of(rbac, 'Role', { rules: leaseRules() }),
    of(rbac, 'RoleBinding', { roleRef: roleRef('Role'), subjects: [subject] }),
    of('apps/v1', 'Deployment', { spec: deploymentSpec(image) }),
  ];
}

/** Files of deploy/ that are made from the code, by path. */
export function deployFiles(image: string): ReadonlyMap<string, string> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const chart = 'helm/isotherm-operator/files';
  const crd = forecastClusterCrd();
  const kept = { ...crd, metadata: { ...crd.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } } };
  return new Map([
    [`${chart}/crd.json`, json(kept)],
    [`${chart}/access-rules.json`, json(accessRules())],
    [`${chart}/lease-rules.json`, json(leaseRules())],
    [
      'install.yaml',
      installObjects(image)
        .map((object) => `---\n${json(object)}`)
        .join(''),
    ],
  ]);
}

function deploymentSpec(image: string): object {
  const probe = (path: string) => ({ httpGet: { path, port: 'metrics' } });
  return {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: NAME,
        terminationGracePeriodSeconds: 30,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'operator',
            image,
            args: ['operator', 'run', '--host', '0.0.0.0'],
            ports: [{ name: 'metrics', containerPort: 9464 }],
            livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6 },
            readinessProbe: { ...probe('/readyz'), periodSeconds: 5 },
            resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '384Mi' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      },
    },
  };
}
