import { useState } from 'react';

/** Copies the command that asks for the same answer. */
export function CopyCurl({ path }: { readonly path: string }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const command = `curl ${location.origin}${path}`;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(command);
      setCopied('yes');
    } catch {
      setCopied('failed');
    }
    setTimeout(() => setCopied('no'), 3_000);
  };
  return (
    <>
      <button type="button" className="link" title={command} onClick={() => void copy()}>
        {copied === 'yes' ? 'Copied' : 'Copy as curl'}
      </button>
      {copied === 'failed' && <code className="command">{command}</code>}
    </>
  );
}
