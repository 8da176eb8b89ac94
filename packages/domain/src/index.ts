export type { MetricColumns, MinuteRows, RollingColumns } from './state/minute-rows.ts';
export type {
  CitySnapshot,
  Exception,
  HourObserver,
  MetricAggregate,
  PartitionCounters,
  PartitionState,
  PendingRows,
  RollingSnapshot,
} from './state/partition-state.ts';
