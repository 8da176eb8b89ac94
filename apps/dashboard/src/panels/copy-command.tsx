import { useState } from 'react';
import './copy-command.css';

/** A command to copy. */
export function CopyCommand({ command }: { readonly command: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(command).then(
      () => setCopied(true),
      // Without permission the text is there to be selected.
      () => undefined,
    );
  };
  return (
    <div className="command">
      <code>{command}</code>
      <button type="button" className="link small" onClick={() => void copy()}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
