import type { ConnectionState } from '../data/connection-state.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatCount } from '../format/numbers.ts';
import { formatClock } from '../format/time.ts';
import { useModel } from '../model-context.ts';
import './status-line.css';

function words(state: ConnectionState, catchingUp: boolean): string {
  switch (state.phase) {
    case 'connecting':
      return 'Connecting';
    case 'live':
      return catchingUp ? 'Catching up' : 'Live';
    case 'reconnecting':
      return `Reconnecting. Showing ${formatClock(state.sinceMs)}`;
    case 'failed':
      return 'Not connected';
  }
}

/** How the page stands with the platform, in a line. */
export function StatusLine() {
  const { store } = useModel();
  const connection = useObservable(store.connection);
  const reporting = useObservable(store.reporting);
  const stats = useObservable(store.stats);
  return (
    <p className="status small" role="status" data-phase={connection.phase}>
      <span className="status-phase">{words(connection, store.clock.behind === 'catching up')}</span>
      {connection.phase === 'live' && reporting > 0 && <span className="quiet">{formatCount(reporting)} cities</span>}
      {stats.at(-1)?.feed && <span className="status-demo quiet">demo data</span>}
    </p>
  );
}
