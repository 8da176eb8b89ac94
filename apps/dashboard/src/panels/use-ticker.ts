import { useEffect, useState } from 'react';

/** Renders again every `intervalMs`, for ages and live lists; stands still while the page is hidden. Returns the browser's time. */
export function useTicker(intervalMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return now;
}
