import type { ReactNode } from 'react';
import { describeFreshness, describeIntake, describeLag, describeLedger, type VitalSign } from '../data/ledger.ts';
import type { PulseSample } from '../data/pulse-history.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatCompact, formatCount, formatSpan } from '../format/numbers.ts';
import { useModel } from '../model-context.ts';
import './pulse-panel.css';
import { Sparkline } from './sparkline.tsx';

/** The platform's vital signs: each a number, five minutes of it, and its state in words. */
export function PulsePanel() {
  const { store } = useModel();
  const pulses = useObservable(store.pulses);
  const pulse = pulses.at(-1);
  return (
    <section className="pulse" aria-labelledby="pulse-title">
      <h2 id="pulse-title" className="section-title">
        Platform
      </h2>
      <dl>
        <Vital
          name="Accepted"
          value={pulse && formatCompact(pulse.acceptedPerSecond)}
          unit="/s"
          sign={pulse && describeIntake(pulse)}
          line={pulses.map((sample) => sample.acceptedPerSecond)}
          floor={1}
        />
        <Vital
          name="Lag"
          value={pulse && formatSpan(pulse.lagSeconds).split(' ')[0]}
          unit={pulse && (formatSpan(pulse.lagSeconds).split(' ')[1] ?? '')}
          sign={pulse && describeLag(pulse)}
          line={pulses.map((sample) => sample.lagSeconds)}
          floor={1}
        />
        <Vital
          name="Freshness p99"
          value={pulse && (pulse.freshnessP99Ms === undefined ? '–' : formatCount(pulse.freshnessP99Ms))}
          unit="ms"
          sign={pulse && describeFreshness(pulse)}
          line={pulses.map((sample) => sample.freshnessP99Ms ?? 0)}
          floor={250}
        />
      </dl>
      <Ledger pulse={pulse} />
    </section>
  );
}

interface VitalProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly unit: string | undefined;
  readonly sign: VitalSign | undefined;
  readonly line: readonly number[];
  /** Value that reaches the top at least, so that noise does not look like a storm. */
  readonly floor: number;
}

function Vital({ name, value, unit, sign, line, floor }: VitalProps) {
  return (
    <div className="vital">
      <dt>{name}</dt>
      <dd className="vital-value">
        <b>{value ?? '–'}</b> <span className="quiet">{unit}</span>
      </dd>
      <dd className="vital-state">
        <VitalWords sign={sign} />
        <Sparkline values={line} floor={floor} />
      </dd>
    </div>
  );
}

function VitalWords({ sign }: { readonly sign: VitalSign | undefined }): ReactNode {
  return (
    <span className="vital-words small quiet" data-level={sign?.level}>
      {sign?.words ?? 'Waiting'}
    </span>
  );
}

function Ledger({ pulse }: { readonly pulse: PulseSample | undefined }) {
  return (
    <div className="ledger">
      <h3 className="ledger-title">Ledger</h3>
      <dl>
        <LedgerRow name="acked" count={pulse?.acked} />
        <LedgerRow name="applied" count={pulse?.applied} />
        <LedgerRow name="stored" count={pulse?.stored} />
      </dl>
      <VitalWords sign={pulse && describeLedger(pulse)} />
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
