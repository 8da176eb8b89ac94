import { type Meter, metrics } from '@opentelemetry/api';

/** Metrics of a work queue. */
export interface QueueMetrics {
  added(): void;
  retried(): void;
  waited(ms: number): void;
  worked(ms: number): void;
  observeDepth(depth: () => number): void;
  /** Ages in ms of what is being worked on. */
  observeUnfinished(ages: () => readonly number[]): void;
}

/** How a reconcile ended, in controller-runtime's words. */
export type ReconcileResult = 'success' | 'requeue_after' | 'error' | 'terminal_error';

/** Metrics of a controller. */
export interface ControllerMetrics {
  reconciled(result: ReconcileResult, ms: number): void;
  activeWorkers(change: 1 | -1): void;
}

/** Metrics of the process. */
export interface ClientMetrics {
  answered(status: number, method: string): void;
  leads(name: string, leading: boolean): void;
}

const BOUNDARIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SECONDS = { advice: { explicitBucketBoundaries: BOUNDARIES } };

function meter(): Meter {
  return metrics.getMeter('@isotherm/operator');
}

/** The metrics that controller-runtime's dashboards and alerts expect of a queue. */
export function createQueueMetrics(name: string): QueueMetrics {
  const from = meter();
  const labels = { name, controller: name };
  const adds = from.createCounter('workqueue_adds_total', { description: 'Keys added' });
  const retries = from.createCounter('workqueue_retries_total', { description: 'Keys added again after an error' });
  const waits = from.createHistogram('workqueue_queue_duration_seconds', {
    description: 'Time in the queue',
    ...SECONDS,
  });
  const works = from.createHistogram('workqueue_work_duration_seconds', {
    description: 'Time being worked on',
    ...SECONDS,
  });
  adds.add(0, labels);
  retries.add(0, labels);
  return {
    added: () => adds.add(1, labels),
    retried: () => retries.add(1, labels),
    waited: (ms) => waits.record(ms / 1000, labels),
    worked: (ms) => works.record(ms / 1000, labels),
    observeDepth(depth) {
      from
        .createObservableGauge('workqueue_depth', { description: 'Keys waiting' })
        .addCallback((result) => result.observe(depth(), labels));
    },
    observeUnfinished(ages) {
      from
        .createObservableGauge('workqueue_unfinished_work_seconds', { description: 'Time spent on what is not done' })
        .addCallback((result) => result.observe(ages().reduce((sum, ms) => sum + ms, 0) / 1000, labels));
      from
        .createObservableGauge('workqueue_longest_running_processor_seconds', { description: 'Age of the oldest work' })
        .addCallback((result) => result.observe(Math.max(0, ...ages()) / 1000, labels));
    },
  };
}

/** The metrics that controller-runtime's dashboards and alerts expect of a controller. */
export function createControllerMetrics(controller: string, maxConcurrent: number): ControllerMetrics {
  const from = meter();
  const total = from.createCounter('controller_runtime_reconcile_total', { description: 'Reconciles by result' });
  const errors = from.createCounter('controller_runtime_reconcile_errors_total', {
    description: 'Reconciles that failed',
  });
  const terminal = from.createCounter('controller_runtime_terminal_reconcile_errors_total', {
    description: 'Reconciles that failed and are not retried',
  });
  const time = from.createHistogram('controller_runtime_reconcile_time_seconds', {
    description: 'Time of a reconcile',
    ...SECONDS,
  });
  const active = from.createUpDownCounter('controller_runtime_active_workers', { description: 'Workers at work' });
  from
    .createObservableGauge('controller_runtime_max_concurrent_reconciles', { description: 'Workers' })
    .addCallback((result) => result.observe(maxConcurrent, { controller }));
  for (const result of ['success', 'requeue_after', 'error'] as const) total.add(0, { controller, result });
  errors.add(0, { controller });
  terminal.add(0, { controller });
  active.add(0, { controller });
  return {
    reconciled(result, ms) {
      const failed = result === 'error' || result === 'terminal_error';
      total.add(1, { controller, result: failed ? 'error' : result });
      if (failed) errors.add(1, { controller });
      if (result === 'terminal_error') terminal.add(1, { controller });
      time.record(ms / 1000, { controller });
    },
    activeWorkers: (change) => active.add(change, { controller }),
  };
}

/** Requests to the API server, and who leads. */
export function createClientMetrics(host: string): ClientMetrics {
  const from = meter();
  const requests = from.createCounter('rest_client_requests_total', { description: 'Requests to the API server' });
  const leading = new Map<string, boolean>();
  from
    .createObservableGauge('leader_election_master_status', { description: '1 where this process leads' })
    .addCallback((result) => {
      for (const [name, leads] of leading) result.observe(leads ? 1 : 0, { name });
    });
  return {
    answered: (status, method) => requests.add(1, { code: status === 0 ? '<error>' : String(status), method, host }),
    leads: (name, leads) => void leading.set(name, leads),
  };
}
