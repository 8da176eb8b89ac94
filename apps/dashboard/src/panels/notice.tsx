import { useObservable } from '../data/use-observable.ts';
import { useModel } from '../model-context.ts';
import { CopyCommand } from './copy-command.tsx';
import './notice.css';
import { sendCommand } from './send-first.tsx';
import { TokenForm } from './token-form.tsx';
import { useTicker } from './use-ticker.ts';

/** Until this long after opening, connecting is no news. */
const PATIENCE_MS = 1_500;
/** Tokyo: a first reading needs a city. */
const EXAMPLE_CITY = '1850147';

/** What to know when the map has nothing to show: turned away, connecting, not connected, or no reading yet. */
export function Notice() {
  const model = useModel();
  const { store } = model;
  const connection = useObservable(store.connection);
  const stats = useObservable(store.stats).at(-1);
  const reporting = useObservable(store.reporting);
  const selection = useObservable(model.selection);
  const refusal = useObservable(model.access.refusal);
  const now = useTicker(500);

  if (refusal) return <TokenForm refusal={refusal} />;
  if (connection.phase === 'failed') {
    return (
      <div className="notice surface" role="alert">
        <h2>The platform does not answer</h2>
        <p className="quiet">
          {connection.reason} This page keeps trying ({connection.attempts} so far). Is it running?
        </p>
        <CopyCommand command="npm start" />
      </div>
    );
  }
  if (connection.phase === 'connecting' && now - connection.sinceMs > PATIENCE_MS) {
    return (
      <div className="notice surface" role="status">
        <h2>Connecting</h2>
        <p className="quiet">
          Waiting for the platform’s first answer since {Math.round((now - connection.sinceMs) / 1000)} s.
        </p>
      </div>
    );
  }
  if (connection.phase === 'live' && stats?.acked === 0 && reporting === 0 && !selection) {
    return (
      <div className="notice surface" role="status">
        <h2>Ready for the first reading</h2>
        <p className="quiet">
          The platform runs and has received nothing yet. Send a reading of Tokyo and it lights up here:
        </p>
        <CopyCommand command={sendCommand(EXAMPLE_CITY, new Date())} />
      </div>
    );
  }
  return null;
}
