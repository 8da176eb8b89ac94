import { COMPARED, comparePolicies, formatPolicyTable } from './policy-table.ts';

/** Prints the table of docs/operating/kubernetes.md: `node operator/src/autoscaler/simulation/print-policy-table.ts [SEEDS]`. */
const seeds = Number(process.argv[2] ?? 100);
process.stdout.write(`${formatPolicyTable(comparePolicies(COMPARED, { seeds }))}\n`);
