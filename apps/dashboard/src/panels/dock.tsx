import { type ReactNode, useState } from 'react';

interface DockPart {
  readonly id: string;
  readonly label: string;
  readonly content: ReactNode;
}

/** Side panels: all of them in a rail on a wide screen, one at a time in a sheet on a narrow one. */
export function Dock({ parts }: { readonly parts: readonly DockPart[] }) {
  const [open, setOpen] = useState<string | undefined>(undefined);
  return (
    <aside className="dock" data-open={open ?? 'none'}>
      <nav className="dock-tabs surface" aria-label="Panels">
        {parts.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            aria-expanded={open === id}
            onClick={() => setOpen(open === id ? undefined : id)}
          >
            {label}
          </button>
        ))}
      </nav>
      {parts.map(({ id, content }) => (
        <div key={id} className="dock-part surface" data-part={id} data-shown={open === id}>
          {content}
        </div>
      ))}
    </aside>
  );
}
