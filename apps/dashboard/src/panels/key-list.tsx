import { useEffect, useRef } from 'react';
import { useObservable } from '../data/use-observable.ts';
import { useModel } from '../model-context.ts';
import { Attribution } from './attribution.tsx';
import './key-list.css';

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['/'], 'Search a city'],
  [['m'], 'Heat index or temperature'],
  [['u'], '°C or °F'],
  [['t'], 'Light or dark'],
  [['l'], 'Back to live'],
  [['←', '↑', '→', '↓'], 'Move the focused map'],
  [['+', '−'], 'Zoom'],
  [['0'], 'The whole world'],
  [['Enter'], 'Open the city in the middle'],
  [['Esc'], 'Close'],
  [['?'], 'This list'],
];

/** The list of keys. */
export function KeyList() {
  const { keysOpen } = useModel();
  const open = useObservable(keysOpen);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="keys surface" aria-labelledby="keys-title" onClose={() => keysOpen.set(false)}>
      <div className="keys-head">
        <h2 id="keys-title">Keys</h2>
        <button type="button" aria-label="Close" className="icon-button" onClick={() => keysOpen.set(false)}>
          ×
        </button>
      </div>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={what} className="keys-row">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Attribution />
    </dialog>
  );
}
