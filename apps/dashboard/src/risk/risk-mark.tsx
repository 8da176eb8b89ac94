import { RiskLevel } from '@isotherm/contracts/type/v1/weather';

/** The sign of a risk level: the same ring or diamond that the map draws around a city. Decorative; its name stands beside it. */
export function RiskMark({ level }: { readonly level: number }) {
  if (level < RiskLevel.CAUTION) return <svg className="risk-mark" viewBox="0 0 16 16" aria-hidden="true" />;
  return (
    <svg className="risk-mark" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor">
      <circle cx="8" cy="8" r="2.5" fill="currentColor" stroke="none" />
      {level === RiskLevel.EXTREME_CAUTION && <circle cx="8" cy="8" r="5" strokeWidth="1" />}
      {level === RiskLevel.DANGER && <circle cx="8" cy="8" r="5.5" strokeWidth="2" />}
      {level === RiskLevel.EXTREME_DANGER && <path d="M8 .8 15.2 8 8 15.2.8 8Z" strokeWidth="1.6" />}
    </svg>
  );
}
