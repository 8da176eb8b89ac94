import { RiskLevel } from '@isotherm/contracts/type/v1/weather';
import { MISSING } from '../data/city-table.ts';

/** The heat-risk levels of the US National Weather Service, with their lower bounds in hundredths of a degree Celsius. */
const LEVELS = [
  { level: RiskLevel.EXTREME_DANGER, from: 5167 },
  { level: RiskLevel.DANGER, from: 3944 },
  { level: RiskLevel.EXTREME_CAUTION, from: 3222 },
  { level: RiskLevel.CAUTION, from: 2667 },
] as const;

/** Risk of a heat index in hundredths of a degree Celsius; UNSPECIFIED for MISSING. */
export function riskOfHeatIndex(centicelsius: number): RiskLevel {
  if (centicelsius === MISSING) return RiskLevel.UNSPECIFIED;
  return LEVELS.find(({ from }) => centicelsius >= from)?.level ?? RiskLevel.NONE;
}

/** Name of a level, as the National Weather Service calls it. */
export function riskName(level: RiskLevel): string {
  switch (level) {
    case RiskLevel.NONE:
      return 'No heat risk';
    case RiskLevel.CAUTION:
      return 'Caution';
    case RiskLevel.EXTREME_CAUTION:
      return 'Extreme caution';
    case RiskLevel.DANGER:
      return 'Danger';
    case RiskLevel.EXTREME_DANGER:
      return 'Extreme danger';
    default:
      return 'Risk unknown';
  }
}

/** What a level means for a person outside, after the National Weather Service. */
export function riskAdvice(level: RiskLevel): string | undefined {
  switch (level) {
    case RiskLevel.CAUTION:
      return 'Fatigue possible with long exposure or activity';
    case RiskLevel.EXTREME_CAUTION:
      return 'Heat cramps or exhaustion possible';
    case RiskLevel.DANGER:
      return 'Heat exhaustion likely, heat stroke possible';
    case RiskLevel.EXTREME_DANGER:
      return 'Heat stroke highly likely';
    default:
      return undefined;
  }
}
