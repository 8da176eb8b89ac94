import type { ReactNode } from 'react';
import { describeFreshness, describeIntake, describeLag, describeLedger, type StatSummary } from '../data/ledger.ts';
import type { StatsSample } from '../data/stats-history.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatCompact, formatCount, formatSpan } from '../format/numbers.ts';
import { useModel } from '../model-context.ts';
import './stats-panel.css';
import { Sparkline } from './sparkline.tsx';

/** The platform's stats: each a number, five minutes of it, and its state in words. */
export function StatsPanel() {
  const { store } = useModel();
  const history = useObservable(store.stats);
  const stats = history.at(-1);
  return (
    <section className="stats" aria-labelledby="stats-title">
      <h2 id="stats-title" className="section-title">
        Platform
      </h2>
      <dl>
        <Vital
          name="Accepted"
          value={stats && formatCompact(stats.acceptedPerSecond)}
          unit="/s"
          summary={stats && describeIntake(stats)}
          line={history.map((sample) => sample.acceptedPerSecond)}
          floor={1}
        />
        <Vital
          name="Lag"
          value={stats && formatSpan(stats.lagSeconds).split(' ')[0]}
          unit={stats && (formatSpan(stats.lagSeconds).split(' ')[1] ?? '')}
          summary={stats && describeLag(stats)}
          line={history.map((sample) => sample.lagSeconds)}
          floor={1}
        />
        <Vital
          name="Freshness p99"
          value={stats && (stats.freshnessP99Ms === undefined ? '–' : formatCount(stats.freshnessP99Ms))}
          unit="ms"
          summary={stats && describeFreshness(stats)}
          line={history.map((sample) => sample.freshnessP99Ms ?? 0)}
          floor={250}
        />
      </dl>
      <Ledger stats={stats} />
    </section>
  );
}

interface VitalProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly unit: string | undefined;
  readonly summary: StatSummary | undefined;
  readonly line: readonly number[];
  /** Value that reaches the top at least, so that noise does not look like a storm. */
  readonly floor: number;
}

function Vital({ name, value, unit, summary, line, floor }: VitalProps) {
  return (
    <div className="vital">
      <dt>{name}</dt>
      <dd className="vital-value">
        <b>{value ?? '–'}</b> <span className="quiet">{unit}</span>
      </dd>
      <dd className="vital-state">
        <SummaryWords summary={summary} />
        <Sparkline values={line} floor={floor} />
      </dd>
    </div>
  );
}

function SummaryWords({ summary }: { readonly summary: StatSummary | undefined }): ReactNode {
  return (
    <span className="vital-words small quiet" data-level={summary?.level}>
      {summary?.words ?? 'Waiting'}
    </span>
  );
}

function Ledger({ stats }: { readonly stats: StatsSample | undefined }) {
  return (
    <div className="ledger">
      <h3 className="ledger-title">Ledger</h3>
      <dl>
        <LedgerRow name="acked" count={stats?.acked} />
        <LedgerRow name="applied" count={stats?.applied} />
        <LedgerRow name="stored" count={stats?.stored} />
      </dl>
      <SummaryWords summary={stats && describeLedger(stats)} />
    </div>
  );
}

function LedgerRow({ name, count }: { readonly name: string; readonly count: number | undefined }) {
  return (
    <div className="ledger-row">
      <dt className="quiet">{name}</dt>
      <dd>{count === undefined ? '–' : formatCount(count)}</dd>
    </div>
  );
}
